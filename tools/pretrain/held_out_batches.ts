import { Random } from "../random.ts";
import { packRows } from "./pack_rows.ts";
import { toBatch } from "./to_batch.ts";
import type { TextBatch } from "../llama_trainer.ts";

/**
 * Puts held-out documents into as many batches as they need, always the same.
 *
 * @param documents The documents.
 * @param sizes Of the batches.
 */
export function heldOutBatches(
  documents: readonly Uint16Array[],
  sizes: Pick<TextBatch, "numSequences" | "length">,
): TextBatch[] {
  const { numSequences, length } = sizes;
  const rows = packRows(documents, { length, random: new Random(0) });
  const numBatches = Math.ceil(rows.length / numSequences);
  return Array.from({ length: numBatches }, (_, index) =>
    toBatch(
      rows.slice(index * numSequences, (index + 1) * numSequences),
      sizes,
    ));
}
