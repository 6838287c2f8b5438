/**
 * Stands in for `jsr:@std/cli/unstable-progress-bar` where JSR cannot be reached: the same signatures and behaviour.
 *
 * @module
 */

/** What a formatter is told at each update. */
export interface ProgressBarFormatter {
  /** Elapsed time, `mm:ss`. */
  styledTime: string;
  /** Progress in binary units, `0.40/97.66 KiB`. */
  styledData: (fractions?: number) => string;
  /** The bar, `###-------`. */
  progressBar: string;
  /** Elapsed milliseconds. */
  time: number;
  /** Elapsed milliseconds at the last update. */
  previousTime: number;
  /** Present value. */
  value: number;
  /** Value at the last update. */
  previousValue: number;
  /** Value at which the bar is full. */
  max: number;
}

/** Options of {@linkcode ProgressBar}. */
export interface ProgressBarOptions {
  /** Where the bar is drawn. Default: standard error. */
  writable?: WritableStream<Uint8Array>;
  /** Value to start at. Default: 0. */
  value?: number;
  /** Value at which the bar is full. */
  max: number;
  /** Characters of the bar. Default: 50. */
  barLength?: number;
  /** Character of the part that is done. Default: `#`. */
  fillChar?: string;
  /** Character of the part that is not. Default: `-`. */
  emptyChar?: string;
  /** Removes the bar when it stops. */
  clear?: boolean;
  /** Makes the line that is drawn. Default: `[mm:ss] [###-------] [0.24/97.66 KiB]`. */
  formatter?: (formatter: ProgressBarFormatter) => string;
  /** Leaves `writable` open when the bar stops. Default: true. */
  keepOpen?: boolean;
  /** Milliseconds between updates. Default: 1000. */
  refreshMilliseconds?: number;
}

const LINE_CLEAR = "\r\u001b[K";
const UNITS = ["KiB", "MiB", "GiB", "TiB", "PiB"] as const;

function formatFraction(value: number, max: number, fractions: number): string {
  const power = Math.min(
    Math.max(Math.floor(Math.log2(max) / 10), 1),
    UNITS.length,
  );
  const unitSize = 2 ** (10 * power);
  const [done, all] = [value, max].map((size) =>
    (size / unitSize).toFixed(fractions)
  );
  return `${done}/${all} ${UNITS[power - 1]}`;
}

function formatTime(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  return [seconds / 60, seconds % 60]
    .map((part) => `${Math.trunc(part)}`.padStart(2, "0")).join(":");
}

function defaultFormatter(x: ProgressBarFormatter): string {
  return `[${x.styledTime}] [${x.progressBar}] [${x.styledData()}]`;
}

/** A bar that shows `value` of `max`, drawn at an interval until it is stopped. */
export class ProgressBar {
  /** Progress so far. */
  value: number;
  /** Value at which the bar is full. */
  max: number;
  readonly #options: ProgressBarOptions;
  readonly #writer: WritableStreamDefaultWriter<string>;
  readonly #written: Promise<void>;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #startTime = Date.now();
  #previousTime = 0;
  #previousValue: number;

  constructor(options: ProgressBarOptions) {
    const { value = 0, max, writable = Deno.stderr.writable, keepOpen = true } =
      options;
    this.value = value;
    this.max = max;
    this.#options = options;
    this.#previousValue = value;
    const encoder = new TextEncoderStream();
    this.#writer = encoder.writable.getWriter();
    this.#timer = setInterval(
      () => this.#draw(),
      options.refreshMilliseconds ?? 1000,
    );
    // A terminal that went away must not end the program whose progress was shown.
    this.#written = encoder.readable.pipeTo(writable, {
      preventClose: keepOpen,
    })
      .catch(() => clearInterval(this.#timer));
    this.#draw();
  }

  async #draw(): Promise<void> {
    const {
      barLength = 50,
      fillChar = "#",
      emptyChar = "-",
      formatter = defaultFormatter,
    } = this.#options;
    const { value, max } = this;
    const time = Date.now() - this.#startTime;
    const numFilled = Math.trunc(
      Math.min(Math.max(value / max, 0), 1) * barLength,
    );
    const line = formatter({
      styledTime: formatTime(time),
      styledData: (fractions = 2) => formatFraction(value, max, fractions),
      progressBar: fillChar.repeat(numFilled) +
        emptyChar.repeat(barLength - numFilled),
      time,
      previousTime: this.#previousTime,
      value,
      previousValue: this.#previousValue,
      max,
    });
    this.#previousTime = time;
    this.#previousValue = value;
    await this.#write(LINE_CLEAR + line);
  }

  async #write(text: string): Promise<void> {
    try {
      await this.#writer.write(text);
    } catch {
      // The stream is gone, and with it the reader of the bar.
    }
  }

  /** Draws the bar for the last time, or removes it. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#options.clear) {
      await this.#write(LINE_CLEAR);
    } else {
      await this.#draw();
      await this.#write("\n");
    }
    try {
      await this.#writer.close();
    } catch {
      // As above.
    }
    await this.#written;
  }
}
