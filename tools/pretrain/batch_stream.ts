import { Random } from "../random.ts";
import { fillRow } from "./fill_row.ts";
import { packRows, type Row } from "./pack_rows.ts";
import { toBatch } from "./to_batch.ts";
import type { TextBatch } from "../llama_trainer.ts";

/** Sizes of batches, and their order. */
export interface BatchStreamOptions
  extends Pick<TextBatch, "numSequences" | "length"> {
  /** Of the order. */
  readonly seed: number;
}

/**
 * Batches without end: every epoch all documents, packed anew, and what room is left filled with beginnings
 * of others. Which batch a step has follows from the seed.
 */
export class BatchStream {
  readonly #documents: readonly Uint16Array[];
  readonly #options: BatchStreamOptions;
  #epoch = -1;
  #numRowsBefore = 0;
  #rows: readonly Row[] = [];

  /**
   * @param documents What to train on.
   * @param options Sizes and seed.
   */
  constructor(
    documents: readonly Uint16Array[],
    options: BatchStreamOptions,
  ) {
    this.#documents = documents;
    this.#options = options;
  }

  /** Epochs begun, with the last batch that was asked for. */
  get epoch(): number {
    return this.#epoch + 1;
  }

  /** The batch of a step, counted from 0; going back starts over. */
  at(step: number): TextBatch {
    const { numSequences } = this.#options;
    const first = step * numSequences;
    return toBatch(
      Array.from(
        { length: numSequences },
        (_, index) => this.#row(first + index),
      ),
      this.#options,
    );
  }

  #row(index: number): Row {
    if (index < this.#numRowsBefore) {
      this.#epoch = -1;
      this.#numRowsBefore = 0;
      this.#rows = [];
    }
    while (index >= this.#numRowsBefore + this.#rows.length) this.#nextEpoch();
    return this.#rows[index - this.#numRowsBefore] ?? [];
  }

  #nextEpoch(): void {
    this.#epoch++;
    this.#numRowsBefore += this.#rows.length;
    const { seed, length } = this.#options;
    const random = new Random(Math.imul(seed, 0x9e3779b1) + this.#epoch);
    const documents = this.#documents;
    this.#rows = packRows(documents, { length, random })
      .map((row) => fillRow(row, { length, documents, random }));
  }
}
