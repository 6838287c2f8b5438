import type { CutDocuments } from "./cut_documents.ts";
import type { TrainBatch } from "./train_batch.ts";
import type { TrainDocument } from "./train_document.ts";
import { uniform } from "./uniform.ts";

/** A batch before the target has made its hidden states. */
export type TokenBatch = Omit<TrainBatch, "hidden"> & {
  /** What each sequence is of, undefined where it is empty. */
  readonly pieces: readonly (TrainDocument | undefined)[];
  /** Ids of all sequences, without padding. */
  readonly numTokens: number;
};

/** Sizes and order of batches. */
export interface DataSetOptions {
  /** `B` */
  readonly numSequences: number;
  /** `T` */
  readonly length: number;
  /** Of the order, and of what is held out. */
  readonly seed: number;
}

const HELD_OUT_SHARE = 0.05;
/** Fewer texts are held out piece by piece. */
const MIN_DOCUMENTS = 20;
/** What {@linkcode uniform} is used for here. */
const STREAMS = { holdOut: 1, order: 2 } as const;

/** Pieces of texts: most to train on, in an order that follows from seed and step alone; some held out. */
export class DataSet {
  /** Pieces to train on. */
  readonly trained: readonly TrainDocument[];
  /** Pieces held out, all of other texts where there are enough. */
  readonly heldOut: readonly TrainDocument[];
  readonly #options: DataSetOptions;
  #epoch = -1;
  #order: readonly number[] = [];

  /**
   * @param documents Texts, cut to the length.
   * @param options Sizes and seed.
   * @throws {RangeError} If there are fewer than two pieces.
   */
  constructor(
    documents: Pick<CutDocuments, "pieces">,
    options: DataSetOptions,
  ) {
    const { pieces } = documents;
    const units = pieces.length < MIN_DOCUMENTS
      ? pieces.flat().map((piece) => [piece])
      : pieces;
    if (units.length < 2) {
      throw new RangeError(
        `Cannot train as the data must make at least two pieces of up to ${options.length} tokens, one to hold out: found ${units.length}`,
      );
    }
    this.#options = options;
    const order = shuffle(units.length, options.seed, [STREAMS.holdOut]);
    const numHeldOut = Math.max(1, Math.round(HELD_OUT_SHARE * units.length));
    const isHeldOut = new Set(order.slice(0, numHeldOut));
    const take = (wanted: boolean): readonly TrainDocument[] =>
      units.filter((_, index) => isHeldOut.has(index) === wanted).flat();
    this.trained = take(false);
    this.heldOut = take(true);
  }

  /**
   * Makes the batch of a step: the pieces in a new order each time all were seen.
   *
   * @param step Number of the step, from 0.
   * @returns The batch.
   */
  batch(step: number): TokenBatch {
    const { numSequences } = this.#options;
    const first = step * numSequences;
    const pieces = Array.from(
      { length: numSequences },
      (_, row) => this.#pieceAt(first + row),
    );
    return this.#pad(pieces);
  }

  /**
   * Makes batches of what is held out, the last filled with empty sequences.
   *
   * @param maxBatches Most of them.
   * @returns The batches, always the same.
   */
  heldOutBatches(maxBatches: number): readonly TokenBatch[] {
    const { numSequences } = this.#options;
    const numBatches = Math.ceil(this.heldOut.length / numSequences);
    return Array.from(
      { length: Math.min(numBatches, maxBatches) },
      (_, batch) => {
        const first = batch * numSequences;
        return this.#pad(
          Array.from(
            { length: numSequences },
            (_, row) => this.heldOut[first + row],
          ),
        );
      },
    );
  }

  #pieceAt(index: number): TrainDocument | undefined {
    const { length } = this.trained;
    const epoch = Math.floor(index / length);
    if (epoch !== this.#epoch) {
      const { seed } = this.#options;
      this.#order = shuffle(length, seed, [STREAMS.order, epoch]);
      this.#epoch = epoch;
    }
    return this.trained[this.#order[index % length] ?? 0];
  }

  #pad(pieces: readonly (TrainDocument | undefined)[]): TokenBatch {
    const { numSequences, length } = this.#options;
    const tokenIds = new Int32Array(numSequences * length);
    const lossMask = new Float32Array(numSequences * length);
    let numTokens = 0;
    for (const [row, piece] of pieces.entries()) {
      if (piece === undefined) continue;
      const first = row * length;
      tokenIds.set(piece.tokenIds, first);
      // Behind the last id there is no state to guess.
      for (let index = 0; index < piece.tokenIds.length - 1; index++) {
        lossMask[first + index] = piece.isLearnt?.[index] === false ? 0 : 1;
      }
      numTokens += piece.tokenIds.length;
    }
    return { numSequences, length, tokenIds, lossMask, pieces, numTokens };
  }
}

/** Numbers below a size in a random order. */
function shuffle(
  size: number,
  seed: number,
  counters: readonly number[],
): readonly number[] {
  const order = Array.from({ length: size }, (_, index) => index);
  for (let last = size - 1; last > 0; last--) {
    const other = Math.floor(uniform(seed, [...counters, last]) * (last + 1));
    const value = order[last] ?? 0;
    order[last] = order[other] ?? 0;
    order[other] = value;
  }
  return order;
}
