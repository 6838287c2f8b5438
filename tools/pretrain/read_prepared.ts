import { readSafetensorsFile } from "../../src/checkpoint/mod.ts";
import { quote } from "../../src/checkpoint/quote.ts";
import { DOCUMENTS_FILE } from "../corpus/write_prepared.ts";
import { splitDocuments } from "./split_documents.ts";

/** Conversations as token ids. */
export interface PreparedDocuments {
  /** To train on. */
  readonly train: readonly Uint16Array[];
  /** Dialogues to measure with. */
  readonly heldOutDialogues: readonly Uint16Array[];
  /** Stories to measure with. */
  readonly heldOutStories: readonly Uint16Array[];
}

/**
 * Reads what `prepare.ts` wrote.
 *
 * @param directory Where it is.
 * @param limits What the documents must keep.
 * @throws {ReferenceError} Something is missing.
 * @throws {RangeError | SyntaxError | TypeError} The file is malformed, or of another vocabulary.
 */
export async function readPrepared(
  directory: string,
  limits: { readonly vocabSize: number; readonly maxTokens: number },
): Promise<PreparedDocuments> {
  const file = `${directory}/${DOCUMENTS_FILE}`;
  const { tensors } = await readSafetensorsFile(file);
  const read = (name: string): Uint16Array[] => {
    const tensor = tensors.get(name);
    if (tensor !== undefined) return splitDocuments(tensor, limits);
    throw new ReferenceError(
      `Cannot train on ${quote(file)} as it must hold ${
        quote(name)
      }: found no such tensor`,
    );
  };
  return {
    train: read("train"),
    heldOutDialogues: read("held_out_dialogues"),
    heldOutStories: read("held_out_stories"),
  };
}
