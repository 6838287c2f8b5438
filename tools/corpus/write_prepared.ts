import { writeFileAtomically } from "../write_file.ts";
import type { Documents, Prepared } from "./prepare_corpora.ts";

/**
 * Writes the tokenizer's files, and ids of 16 bits, little-endian: `train.u16`, `held_out_dialogues.u16`,
 * `held_out_stories.u16`.
 *
 * @param directory Where; made if it is not there.
 * @param prepared What.
 */
export async function writePrepared(
  directory: string,
  { tokenizer, train, heldOutDialogues, heldOutStories }: Prepared,
): Promise<void> {
  await Deno.mkdir(directory, { recursive: true });
  const files = {
    "tokenizer.json": JSON.stringify(tokenizer.json),
    "tokenizer_config.json": `${JSON.stringify(tokenizer.config, null, 2)}\n`,
    "train.u16": toBytes(train),
    "held_out_dialogues.u16": toBytes(heldOutDialogues),
    "held_out_stories.u16": toBytes(heldOutStories),
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFileAtomically(`${directory}/${name}`, content);
  }
}

function toBytes(documents: Documents): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Uint16Array.from(documents.flat()).buffer);
}
