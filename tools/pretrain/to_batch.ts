import { BEGIN_ID } from "../tokenizer/chat_form.ts";
import type { Row } from "./pack_rows.ts";
import type { TextBatch } from "../llama_trainer.ts";

/**
 * Makes a batch of rows. Every token counts but the begin tokens, before which anything may come: what
 * users say is English too.
 *
 * @param rows At most `numSequences`; what is missing is padding.
 * @param sizes Of the batch.
 */
export function toBatch(
  rows: readonly Row[],
  sizes: Pick<TextBatch, "numSequences" | "length">,
): TextBatch {
  const { numSequences, length } = sizes;
  const tokenIds = new Int32Array(numSequences * length);
  const lossMask = new Float32Array(numSequences * length);
  rows.forEach((row, index) => {
    let place = index * length;
    for (const document of row) {
      tokenIds.set(document, place);
      document.forEach((id, offset) => {
        lossMask[place + offset] = id === BEGIN_ID ? 0 : 1;
      });
      place += document.length;
    }
  });
  return { ...sizes, tokenIds, lossMask };
}
