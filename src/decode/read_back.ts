import {
  HISTORY_BYTES,
  STATE_BYTES,
  STATE_WORDS,
  STOP_CODES,
} from "../ops/mod.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Session } from "./session.ts";

/** A token that the device has committed. */
export interface CommittedToken {
  readonly id: number;
  /** Of the unprocessed distribution; meaningless unless asked for. */
  readonly logProb: number;
  /** Number of the target pass that committed it; 0 is the prefill. */
  readonly round: number;
  /** Whether the drafter had proposed it. */
  readonly isDrafted: boolean;
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
}

/** Most tokens that one read-back can carry. */
export const MAX_READ_TOKENS = 512;

/** A staging buffer through which the host learns what the device has committed. */
export class ReadBack implements Disposable {
  readonly #gpu: Gpu;
  readonly #staging: GPUBuffer;
  #firstPosition = 0;

  /** @param gpu Device. */
  constructor(gpu: Gpu) {
    this.#gpu = gpu;
    this.#staging = gpu.createBuffer(
      "read-back",
      STATE_BYTES + MAX_READ_TOKENS * HISTORY_BYTES,
      GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
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
    const { state, history } = session.buffers;
    encoder.copyBufferToBuffer(state, 0, this.#staging, 0, STATE_BYTES);
    const start = firstPosition * HISTORY_BYTES;
    const size = Math.min(
      MAX_READ_TOKENS * HISTORY_BYTES,
      history.size - start,
    );
    encoder.copyBufferToBuffer(
      history,
      start,
      this.#staging,
      STATE_BYTES,
      size,
    );
  }

  /**
   * Waits until the device has run everything submitted, blocking the thread, as Deno's `mapAsync` does
   * before it returns.
   *
   * @returns A promise of what was committed, kept some milliseconds later: submit the next work before
   *   awaiting it, and the device does not idle.
   */
  map(): Promise<Committed> {
    const mapped = this.#staging.mapAsync(GPUMapMode.READ);
    return mapped.then(() => this.#read(), (error) => {
      this.#gpu.throwIfLost();
      throw error;
    });
  }

  #read(): Committed {
    const bytes = this.#staging.getMappedRange().slice(0);
    this.#staging.unmap();
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
        round: (words[3 * index + 2] ?? 0) >>> 1,
        isDrafted: ((words[3 * index + 2] ?? 0) & 1) === 1,
      })),
      numRounds: word("numRounds"),
      stop: STOP_CODES[word("stop")] ?? "running",
    };
  }

  /** Frees the buffer. */
  [Symbol.dispose](): void {
    this.#gpu.destroyBuffer(this.#staging);
  }
}
