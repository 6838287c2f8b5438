import { STATE_BYTES, STATE_WORDS, STOP_CODES } from "../ops/mod.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Session } from "./session.ts";

/** What the device had committed when a submission ended. */
export interface Committed {
  /** Ids generated since the position asked for. */
  readonly tokens: readonly number[];
  /** Their log probabilities; meaningless unless asked for. */
  readonly logProbs: readonly number[];
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
      STATE_BYTES + MAX_READ_TOKENS * 8,
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
    const { state, tokens, logProbs } = session;
    encoder.copyBufferToBuffer(state, 0, this.#staging, 0, STATE_BYTES);
    const start = firstPosition * 4;
    [tokens, logProbs].forEach((buffer, index) => {
      const size = Math.min(MAX_READ_TOKENS * 4, buffer.size - start);
      const to = STATE_BYTES + index * MAX_READ_TOKENS * 4;
      encoder.copyBufferToBuffer(buffer, start, this.#staging, to, size);
    });
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
    const word = (name: typeof STATE_WORDS[number]): number =>
      new Uint32Array(bytes)[STATE_WORDS.indexOf(name)] ?? 0;
    const stop = STOP_CODES[word("stop")] ?? "running";
    const numTokens = word("length") + 1 - this.#firstPosition;
    return {
      tokens: [...new Uint32Array(bytes, STATE_BYTES, numTokens)],
      logProbs: [
        ...new Float32Array(
          bytes,
          STATE_BYTES + MAX_READ_TOKENS * 4,
          numTokens,
        ),
      ],
      numRounds: word("numRounds"),
      stop,
    };
  }

  /** Frees the buffer. */
  [Symbol.dispose](): void {
    this.#gpu.destroyBuffer(this.#staging);
  }
}
