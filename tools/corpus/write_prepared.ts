import {
  type TensorToWrite,
  writeSafetensors,
  writeTextFile,
} from "../../src/checkpoint/mod.ts";
import type { Documents, Prepared } from "./prepare_corpora.ts";

/** Holds the ids, 16 bits each: `train`, `held_out_dialogues` and `held_out_stories`. */
export const DOCUMENTS_FILE = "documents.safetensors";

/** Holds the conversations to train on, a line each, as `jakiro train --data` takes them. */
const CONVERSATIONS_FILE = "conversations.jsonl";

/**
 * Writes the tokenizer's files, and all documents in one.
 *
 * @param directory Where; made if it is not there.
 * @param prepared What.
 */
export async function writePrepared(
  directory: string,
  prepared: Prepared,
): Promise<void> {
  const { tokenizer, conversations, train } = prepared;
  const { heldOutDialogues, heldOutStories } = prepared;
  await Deno.mkdir(directory, { recursive: true });
  await writeTextFile(
    `${directory}/tokenizer.json`,
    `${JSON.stringify(tokenizer.json)}\n`,
  );
  await writeTextFile(
    `${directory}/tokenizer_config.json`,
    `${JSON.stringify(tokenizer.config, null, 2)}\n`,
  );
  const lines = conversations.map(({ messages }) =>
    `${JSON.stringify({ messages })}\n`
  );
  await writeTextFile(`${directory}/${CONVERSATIONS_FILE}`, lines.join(""));
  await writeSafetensors(`${directory}/${DOCUMENTS_FILE}`, [
    toTensor("train", train),
    toTensor("held_out_dialogues", heldOutDialogues),
    toTensor("held_out_stories", heldOutStories),
  ]);
}

function toTensor(name: string, documents: Documents): TensorToWrite {
  const ids = Uint16Array.from(documents.flat());
  const bytes = new Uint8Array(ids.buffer);
  return { name, dtype: "U16", shape: [ids.length], bytes };
}
