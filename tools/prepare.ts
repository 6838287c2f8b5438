/**
 * Makes what `pretrain.ts` reads of the corpora: the tokenizer, and conversations as token ids.
 *
 *   deno run --allow-read --allow-write tools/prepare.ts --dialogues sgd_dialogues.jsonl \
 *     --stories tinystories.txt --out prepared
 *
 * Writes `tokenizer.json`, `tokenizer_config.json`, and `documents.safetensors`: ids of 16 bits, each
 * conversation begun by the begin token. `conversations.jsonl` holds those to train on as text.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { readDataFile } from "../src/train/data_file.ts";
import { prepareCorpora } from "./corpus/prepare_corpora.ts";
import { readDialogues } from "./corpus/read_dialogues.ts";
import { readStories } from "./corpus/read_stories.ts";
import { writePrepared } from "./corpus/write_prepared.ts";
import { DEFAULT_MODEL } from "./default_model.ts";
import { readText, refuseOption } from "./options.ts";
import { runTool } from "./run_tool.ts";

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
  const { config } = DEFAULT_MODEL;
  const prepared = prepareCorpora(
    {
      dialogues: readDialogues((await readDataFile(dialogues)).text, dialogues),
      stories: readStories((await readDataFile(stories)).text),
    },
    {
      vocabSize: config.vocab_size,
      maxTokens: config.max_position_embeddings,
      storyPasses: 2,
      numSmallTalks: 400,
      seed: 1,
    },
  );
  await writePrepared(out, prepared);
  const { tokenizer: _, conversations: __, ...all } = prepared;
  for (const [name, documents] of Object.entries(all)) {
    const numTokens = documents.reduce((sum, { length }) => sum + length, 0);
    console.log(`${name}: ${documents.length} documents, ${numTokens} tokens`);
  }
}
