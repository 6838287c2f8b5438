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
import { readText, refuseOption } from "./options.ts";
import { runTool } from "./run_tool.ts";
import { writeFileAtomically } from "./write_file.ts";

await runTool(async () => {
  const args = parseArgs(Deno.args, {
    string: ["dialogues", "stories", "out"],
    unknown: refuseOption,
  });
  await prepare({
    dialogues: readText("dialogues", args.dialogues),
    stories: readText("stories", args.stories),
    out: readText("out", args.out),
  });
});

async function prepare({ dialogues, stories, out }: {
  readonly dialogues: string;
  readonly stories: string;
  readonly out: string;
}): Promise<void> {
  const { tokenizer, ...prepared } = prepareCorpora(
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
  const files = {
    "tokenizer.json": JSON.stringify(tokenizer.json),
    "tokenizer_config.json": `${JSON.stringify(tokenizer.config, null, 2)}\n`,
    "train.u16": toBytes(prepared.train),
    "held_out_dialogues.u16": toBytes(prepared.heldOutDialogues),
    "held_out_stories.u16": toBytes(prepared.heldOutStories),
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFileAtomically(`${out}/${name}`, content);
  }
  for (const [name, documents] of Object.entries(prepared)) {
    const numTokens = documents.reduce((sum, { length }) => sum + length, 0);
    console.log(`${name}: ${documents.length} documents, ${numTokens} tokens`);
  }
}

function toBytes(documents: Documents): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Uint16Array.from(documents.flat()).buffer);
}
