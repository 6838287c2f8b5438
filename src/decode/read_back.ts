import {
  HISTORY_BYTES,
  MAX_TOP_LOG_PROBS,
  STATE_BYTES,
  STATE_WORDS,
  STOP_CODES,
  TOP_LOG_PROBS_BYTES,
} from "../ops/mod.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { PassTimer } from "../gpu/pass_timer.ts";
import { ROUND_PARTS, type SubmissionTimes } from "./round_clock.ts";
import type { Session } from "./session.ts";
import type { TokenLogProb } from "./options.ts";
import { submitPasses } from "../gpu/submit_passes.ts";

/** A token that the device has committed. */
export interface CommittedToken {
  readonly id: number;
  /** Of the unprocessed distribution; meaningless unless asked for. */
  readonly logProb: number;
  /** Number of the target pass that committed it; 0 is the prefill. */
  readonly round: number;
  /** Place by score of the drafted node that proposed it, from 1; 0 where none did. */
  readonly rank: number;
  /** The likeliest tokens in its place, where they were asked for. */
  readonly top?: readonly TokenLogProb[];
}

/** What the device had committed when a submission ended. */
export interface Committed {
  /** Position of the first token. */
  readonly firstPosition: number;
  /** Tokens generated since the position asked for. */
  readonly tokens: readonly CommittedToken[];
  /** Target passes so far, prefill included. */
  readonly numRounds: number;
  /** Why the generation ended, or `running`. */
  readonly stop: typeof STOP_CODES[number];
  /** When the rounds ran; null of a prefill, and where the device cannot tell. */
  readonly times: SubmissionTimes | null;
}

/** Most tokens that one read-back can carry. */
export const MAX_READ_TOKENS = 512;

/** The first round's parts where it is split, and the other rounds. */
const PASSES = [...ROUND_PARTS, "rest"] as const;
const TIMES_OFFSET = STATE_BYTES + MAX_READ_TOKENS * HISTORY_BYTES;
const TOP_BYTES = MAX_READ_TOKENS * TOP_LOG_PROBS_BYTES;

/** A staging buffer through which the host learns what the device has committed. */
export class ReadBack implements Disposable {
  readonly #gpu: Gpu;
  readonly #staging: GPUBuffer;
  readonly #timer: PassTimer | null;
  /** Made when a generation first asks for the likeliest tokens. */
  #topStaging: GPUBuffer | null = null;
  #numTop = 0;
  #firstPosition = 0;
  /** Passes whose times the buffer holds. */
  #timed: readonly (typeof PASSES[number])[] = [];

  /** @param gpu Device. */
  constructor(gpu: Gpu) {
    this.#gpu = gpu;
    this.#timer = gpu.hasTimestamps ? new PassTimer(gpu, PASSES.length) : null;
    this.#staging = this.#createStaging(
      "read-back",
      TIMES_OFFSET + (this.#timer?.maxBytes ?? 0),
    );
  }

  #createStaging(label: string, sizeBytes: number): GPUBuffer {
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    return this.#gpu.createBuffer(label, sizeBytes, usage);
  }

  /**
   * Submits rounds and the copy of what they commit, in one pass, which is timed where the device has a clock.
   *
   * @param session Session to run and read.
   * @param args How many rounds, at least one; the position of the first token wanted; whether the parts of the
   *   first round are passes, and are timed, by themselves.
   */
  submitRounds(
    session: Session,
    args: {
      readonly numRounds: number;
      readonly firstPosition: number;
      readonly isSplit: boolean;
    },
  ): void {
    const isSplit = args.isSplit && this.#timer !== null;
    const { parts: first, round: firstRound } = session;
    // From then on the trees are those of the session's gear, whatever the first one was.
    session.advance();
    const { round } = session;
    const others = Array.from({ length: args.numRounds - 1 }, () => round);
    const parts = isSplit ? first : { verify: [], accept: [], draft: [] };
    const rest = [...isSplit ? [] : [firstRound], ...others].flat();
    const passes = { ...parts, rest };
    const names = PASSES.filter((name) => passes[name].length > 0);
    const lists = names.map((name) => passes[name]);
    submitPasses(
      this.#gpu,
      this.#timer?.time(lists) ?? [{ dispatches: lists.flat() }],
      (encoder) => {
        this.encode(encoder, session, args.firstPosition);
        if (this.#timer === null) return;
        this.#timer.copyTo(encoder, this.#staging, TIMES_OFFSET);
        this.#timed = names;
      },
    );
  }

  /**
   * Records the copy of the state and of the tokens from a position on.
   *
   * @param encoder Encoder of the submission, after its passes.
   * @param session Session to read.
   * @param firstPosition Position of the first token wanted.
   */
  encode(
    encoder: GPUCommandEncoder,
    session: Session,
    firstPosition: number,
  ): void {
    this.#firstPosition = firstPosition;
    this.#timed = [];
    const { state, history } = session.buffers;
    encoder.copyBufferToBuffer(state, 0, this.#staging, 0, STATE_BYTES);
    const copyTokens = (
      source: GPUBuffer,
      target: { readonly buffer: GPUBuffer; readonly offset: number },
      tokenBytes: number,
    ): void => {
      const start = firstPosition * tokenBytes;
      const size = Math.min(MAX_READ_TOKENS * tokenBytes, source.size - start);
      const { buffer, offset } = target;
      encoder.copyBufferToBuffer(source, start, buffer, offset, size);
    };
    const target = { buffer: this.#staging, offset: STATE_BYTES };
    copyTokens(history, target, HISTORY_BYTES);
    const { numTop, topHistory } = session.choosing;
    this.#numTop = numTop;
    if (numTop === 0 || topHistory === null) return;
    this.#topStaging ??= this.#createStaging("likeliest tokens", TOP_BYTES);
    const topTarget = { buffer: this.#topStaging, offset: 0 };
    copyTokens(topHistory, topTarget, TOP_LOG_PROBS_BYTES);
  }

  /**
   * Waits until the device has run everything submitted, blocking the thread, as Deno's `mapAsync` does
   * before it returns.
   *
   * @returns A promise of what was committed, kept some milliseconds later: submit the next work before
   *   awaiting it, and the device does not idle.
   */
  map(): Promise<Committed> {
    const top = this.#numTop > 0 ? this.#topStaging : null;
    const mapped = [this.#staging, ...top === null ? [] : [top]].map((buffer) =>
      buffer.mapAsync(GPUMapMode.READ)
    );
    return Promise.all(mapped).then(() => this.#read(top), (error) => {
      this.#gpu.throwIfLost();
      throw error;
    });
  }

  #read(top: GPUBuffer | null): Committed {
    const bytes = takeBytes(this.#staging);
    const topOf = top && topReader(takeBytes(top), this.#numTop);
    const state = new Uint32Array(bytes, 0, STATE_BYTES / 4);
    const word = (name: typeof STATE_WORDS[number]): number =>
      state[STATE_WORDS.indexOf(name)] ?? 0;
    const numTokens = Math.max(0, word("length") + 1 - this.#firstPosition);
    const fields = numTokens * HISTORY_BYTES / 4;
    const words = new Uint32Array(bytes, STATE_BYTES, fields);
    const floats = new Float32Array(bytes, STATE_BYTES, fields);
    return {
      firstPosition: this.#firstPosition,
      tokens: Array.from({ length: numTokens }, (_, index) => ({
        id: words[3 * index] ?? 0,
        logProb: floats[3 * index + 1] ?? 0,
        round: (words[3 * index + 2] ?? 0) >>> 8,
        rank: (words[3 * index + 2] ?? 0) & 255,
        ...(topOf === null ? {} : { top: topOf(index) }),
      })),
      numRounds: word("numRounds"),
      stop: STOP_CODES[word("stop")] ?? "running",
      times: this.#readTimes(bytes),
    };
  }

  #readTimes(bytes: ArrayBuffer): SubmissionTimes | null {
    if (this.#timer === null || this.#timed.length === 0) return null;
    const borders = this.#timer.read(bytes, TIMES_OFFSET);
    const passMs = (name: typeof PASSES[number]): number => {
      const index = this.#timed.indexOf(name);
      return index < 0 ? 0 : (borders[index + 1] ?? 0) - (borders[index] ?? 0);
    };
    return {
      beganMs: borders[0] ?? 0,
      endedMs: borders.at(-1) ?? 0,
      firstRound: this.#timed.includes("verify")
        ? {
          verify: passMs("verify"),
          accept: passMs("accept"),
          draft: passMs("draft"),
        }
        : null,
    };
  }

  /** Frees what it holds. */
  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#gpu.destroyBuffer(this.#staging);
    if (this.#topStaging !== null) this.#gpu.destroyBuffer(this.#topStaging);
  }
}

/** Copies a mapped buffer, and unmaps it. */
function takeBytes(buffer: GPUBuffer): ArrayBuffer {
  const bytes = buffer.getMappedRange().slice(0);
  buffer.unmap();
  return bytes;
}

/** Gives the likeliest tokens of each position, as `kernels/top_log_probs.wgsl` writes them. */
function topReader(
  bytes: ArrayBuffer,
  numTop: number,
): (index: number) => readonly TokenLogProb[] {
  const words = new Uint32Array(bytes);
  const floats = new Float32Array(bytes);
  return (index) =>
    Array.from({ length: numTop }, (_, rank) => {
      const at = 2 * (index * MAX_TOP_LOG_PROBS + rank);
      return { token: words[at] ?? 0, logProb: floats[at + 1] ?? 0 };
    });
}
