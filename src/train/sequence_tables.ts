import type { numpy as np } from "@jax-js/jax";
import { causalMask } from "./causal_mask.ts";
import { createRotary } from "./rotary.ts";
import type { RopeOptions } from "../model/mod.ts";
import type { TrainBackend } from "./trainer.ts";

/** What attention takes besides a batch: all batches of a length share it. */
export type SequenceTable = {
  /** `[T, 1, E/2]`, and as many rows more as there are further passes. */
  readonly cos: np.Array;
  /** `[T, 2, E/2]`, likewise. */
  readonly sin: np.Array;
  /** `[T, T]` */
  readonly causalMask: np.Array;
};

/** Keeps the tables of the length that was asked for last. */
export class SequenceTables implements Disposable {
  readonly #options: RopeOptions & {
    readonly numPasses: number;
    readonly device: TrainBackend;
  };
  #table: SequenceTable | null = null;

  /** @param options Head size and wavelengths, passes over a sequence, device. */
  constructor(
    options: RopeOptions & {
      readonly numPasses: number;
      readonly device: TrainBackend;
    },
  ) {
    this.#options = options;
  }

  /**
   * Gives references to the tables for sequences of a length.
   *
   * @param length Tokens of a sequence, `T`.
   */
  at(length: number): SequenceTable {
    if (this.#table?.causalMask.shape[0] !== length) {
      this[Symbol.dispose]();
      const { numPasses, device } = this.#options;
      this.#table = {
        ...createRotary({ ...this.#options, length: length + numPasses - 1 }),
        causalMask: causalMask(length, device),
      };
    }
    const { cos, sin, causalMask: mask } = this.#table;
    return { cos: cos.ref, sin: sin.ref, causalMask: mask.ref };
  }

  /** Frees the tables. */
  [Symbol.dispose](): void {
    for (const array of Object.values(this.#table ?? {})) array.dispose();
    this.#table = null;
  }
}
