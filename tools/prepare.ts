/**
 * Makes what `pretrain.ts` reads of the corpora: the tokenizer, and conversations as token ids.
 *
 *   deno run --allow-read --allow-write tools/prepare.ts --dialogues sgd_dialogues.jsonl \
 *     --stories tinystories.txt --out prepared
 *
 * Writes `tokenizer.json`, `tokenizer_config.json`, and ids of 16 bits, little-endian, each conversation
 * begun by the begin token: `train.u16`, `held_out_dialogues.u16`, `held_out_stories.u16`.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { type Documents, prepareCorpora } from "./corpus/prepare_corpora.ts";
import { readDialogues } from "./corpus/read_dialogues.ts";
import { readStories } from "./corpus/read_stories.ts";
import { MAX_POSITIONS, VOCAB_SIZE } from "./default_model.ts";
import { requireOptions } from "./require_options.ts";
import { writeFileAtomically } from "./write_file.ts";

const { dialogues, stories, out } = requireOptions(
  parseArgs(Deno.args, { string: ["dialogues", "stories", "out"] }),
  ["dialogues", "stories", "out"],
);
const { tokenizer, train, heldOutDialogues, heldOutStories } = prepareCorpora(
  {
    dialogues: readDialogues(await Deno.readTextFile(dialogues), dialogues),
    stories: readStories(await Deno.readTextFile(stories)),
  },
  {
    vocabSize: VOCAB_SIZE,
    maxTokens: MAX_POSITIONS,
    storyPasses: 2,
    numSmallTalks: 400,
    seed: 1,
  },
);

await Deno.mkdir(out, { recursive: true });
await write("tokenizer.json", JSON.stringify(tokenizer.json));
await write("tokenizer_config.json", JSON.stringify(tokenizer.config, null, 2));
await writeIds("train.u16", train);
await writeIds("held_out_dialogues.u16", heldOutDialogues);
await writeIds("held_out_stories.u16", heldOutStories);

async function writeIds(name: string, documents: Documents): Promise<void> {
  const ids = documents.flat();
  await write(name, new Uint8Array(Uint16Array.from(ids).buffer));
  console.log(`${name}: ${documents.length} documents, ${ids.length} tokens`);
}

async function write(
  name: string,
  content: string | Uint8Array<ArrayBuffer>,
): Promise<void> {
  await writeFileAtomically(`${out}/${name}`, content);
}
