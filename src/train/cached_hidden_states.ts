import type { Teacher } from "../decode/teacher.ts";
import type { TokenBatch } from "./data_set.ts";
import type { TrainDocument } from "./train_document.ts";

/** Bytes of hidden states that are kept. */
const MAX_BYTES = 2 ** 29;

/** A batch, and those of its sequences that the target is to run over. */
interface Wanted<Batch> {
  readonly batch: Batch;
  /** Rows of the batch. */
  readonly rows: readonly number[];
  /** Those rows, `[R, T]`. */
  readonly tokenIds: Int32Array;
}

/**
 * Gives hidden states as a target does, and keeps them for the next time that a piece of text comes
 * up, as long as memory that is set aside for it lasts: what does not fit is made anew each time.
 *
 * The kept ones have the bits that the target would give again, so training does not depend on them.
 *
 * @param teacher The target.
 * @param batches Ids, `[B, T]` each, and what they are pieces of.
 * @param options `maxBytes` is kept at most, 512 MiB by default.
 * @returns Each batch with its hidden states, `[B, T, D]`, 0 in the padding.
 * @throws {GpuError} If the device fails.
 */
export async function* cachedHiddenStates<Batch extends TokenBatch>(
  teacher: Pick<Teacher, "hiddenStates" | "hiddenSize">,
  batches: Iterable<Batch>,
  { maxBytes = MAX_BYTES }: { readonly maxBytes?: number } = {},
): AsyncGenerator<[batch: Batch, hidden: Float32Array<ArrayBuffer>]> {
  const { hiddenSize } = teacher;
  const kept = new Map<TrainDocument, Float32Array<ArrayBuffer>>();
  let numBytes = 0;
  function* wanted(): Generator<Wanted<Batch>> {
    for (const batch of batches) yield missing(batch, kept);
  }
  for await (
    const [{ batch, rows }, made] of teacher.hiddenStates(wanted())
  ) {
    const { numSequences, length, pieces } = batch;
    const hidden = new Float32Array(numSequences * length * hiddenSize);
    for (const [row, piece] of pieces.entries()) {
      if (piece === undefined) continue;
      const size = piece.tokenIds.length * hiddenSize;
      const index = rows.indexOf(row);
      const from = index * length * hiddenSize;
      const own = index < 0
        ? kept.get(piece)
        : made.subarray(from, from + size);
      if (own === undefined) continue;
      hidden.set(own, row * length * hiddenSize);
      if (kept.has(piece) || numBytes + own.byteLength > maxBytes) continue;
      kept.set(piece, own.slice());
      numBytes += own.byteLength;
    }
    yield [batch, hidden];
  }
}

/** Picks the sequences of a batch that are not kept. */
function missing<Batch extends TokenBatch>(
  batch: Batch,
  kept: ReadonlyMap<TrainDocument, unknown>,
): Wanted<Batch> {
  const { pieces, length } = batch;
  const rows = [...pieces.keys()].filter((row) => {
    const { [row]: piece } = pieces;
    return piece !== undefined && !kept.has(piece);
  });
  const tokenIds = new Int32Array(rows.length * length);
  for (const [index, row] of rows.entries()) {
    const from = row * length;
    tokenIds.set(batch.tokenIds.subarray(from, from + length), index * length);
  }
  return { batch, rows, tokenIds };
}
