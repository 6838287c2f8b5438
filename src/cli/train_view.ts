import { formatCount } from "./format.ts";
import { ProgressBar } from "@std/cli/unstable-progress-bar";
import type { TrainProgress } from "../train/mod.ts";
import { writeRemark } from "./output.ts";

type Trained = Extract<TrainProgress, { readonly phase: "train" }>;

const REFRESH_MS = 200;
const LABELS = {
  download: "pulling",
  read: "reading",
  load: "loading",
  write: "writing",
  train: "training",
  measure: "measuring",
} as const;

/** Shows a training on standard error: a bar on a terminal, else a line for each measurement. */
export class TrainView {
  readonly #isQuiet: boolean;
  readonly #hasBar: boolean;
  readonly #write: (text: string) => void;
  /** One for all phases: two at once would fight for standard error. */
  #bar: ProgressBar | null = null;
  #label = "";
  #suffix = "";
  #shownStep = -1;

  /**
   * @param options Whether to show nothing; whether a person is looking (default: on a terminal), and what
   *   writes lines (default: to standard error).
   */
  constructor(
    options: {
      readonly isQuiet: boolean;
      readonly isTerminal?: boolean;
      readonly write?: (text: string) => void;
    },
  ) {
    this.#isQuiet = options.isQuiet;
    this.#hasBar = options.isTerminal ?? Deno.stderr.isTerminal();
    this.#write = options.write ?? writeRemark;
  }

  /** Takes in how far the training has come. */
  show(progress: TrainProgress): void {
    if (this.#isQuiet) return;
    if (progress.phase === "note") return this.remark(progress.text);
    if (progress.phase === "train") this.#takePoint(progress);
    if (!this.#hasBar) return;
    this.#label = LABELS[progress.phase];
    this.#suffix = progress.phase === "train" ? describeTrained(progress) : "";
    this.#bar ??= this.#createBar(progress.total);
    this.#bar.value = progress.done;
    this.#bar.max = progress.total;
  }

  /** Writes a line, above the bar where there is one. */
  remark(text: string): void {
    if (this.#isQuiet) return;
    this.#write(this.#bar === null ? `${text}\n` : `\r\x1b[K${text}\n`);
  }

  /** Removes the bar. */
  async stop(): Promise<void> {
    await this.#bar?.stop();
    this.#bar = null;
  }

  #takePoint(progress: Trained): void {
    const { point, total } = progress;
    if (point === null || point.step === this.#shownStep) return;
    this.#shownStep = point.step;
    if (this.#hasBar) return;
    this.remark(`step ${point.step}/${total}${describeTrained(progress)}`);
  }

  #createBar(max: number): ProgressBar {
    return new ProgressBar({
      max,
      barLength: 24,
      clear: true,
      refreshMilliseconds: REFRESH_MS,
      formatter: ({ progressBar, value, max }) =>
        `${this.#label} [${progressBar}] ${formatCount(value)}/${
          formatCount(max)
        }${this.#suffix}`,
    });
  }
}

/** `, loss 0.51, held out 0.48, 71.2 % accepted, 12,345 tokens/s, 2:05 left`. */
function describeTrained(progress: Trained): string {
  const { point, tokensPerSecond, secondsLeft } = progress;
  const parts = [
    ...point?.trained ? [`loss ${point.trained.loss.toFixed(4)}`] : [],
    ...point === null ? [] : [
      `held out ${point.heldOut.loss.toFixed(4)}`,
      `${(point.heldOut.agreement * 100).toFixed(1)} % accepted`,
    ],
    ...secondsLeft === null ? [] : [
      `${formatCount(Math.round(tokensPerSecond))} tokens/s`,
      `${formatSeconds(secondsLeft)} left`,
    ],
  ];
  return parts.map((part) => `, ${part}`).join("");
}

function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (value: number): string => String(value).padStart(2, "0");
  const [minutes, hours] = [Math.floor(whole / 60), Math.floor(whole / 3600)];
  return hours > 0
    ? `${hours}:${two(minutes % 60)}:${two(whole % 60)}`
    : `${minutes}:${two(whole % 60)}`;
}
