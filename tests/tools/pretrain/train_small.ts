/** Trains a small model on the fixtures: `deno run train_small.ts PREPARED OUT`. @module */

import { prepareCorpora } from "../../../tools/corpus/prepare_corpora.ts";
import { writePrepared } from "../../../tools/corpus/write_prepared.ts";
import { DEFAULT_MODEL } from "../../../tools/default_model.ts";
import { pretrain } from "../../../tools/pretrain/pretrain.ts";
import { DIALOGUES, STORIES } from "../fixtures.ts";

/** The default model, but small enough to learn the fixtures in seconds. */
const SMALL_MODEL = {
  ...DEFAULT_MODEL,
  config: {
    ...DEFAULT_MODEL.config,
    vocab_size: 420,
    hidden_size: 32,
    intermediate_size: 64,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    head_dim: 8,
    max_position_embeddings: 128,
  },
  rowsPerStep: 4,
  optimizer: {
    ...DEFAULT_MODEL.optimizer,
    learningRate: 1e-2,
    warmupSteps: 10,
    totalSteps: 200,
  },
};

const [prepared = "", out = ""] = Deno.args;
const { config } = SMALL_MODEL;
await writePrepared(
  prepared,
  prepareCorpora({ dialogues: DIALOGUES, stories: STORIES }, {
    vocabSize: config.vocab_size,
    maxTokens: config.max_position_embeddings,
    storyPasses: 1,
    numSmallTalks: 20,
    seed: 1,
  }),
);
await pretrain({
  prepared,
  out,
  state: null,
  isResumed: false,
  model: SMALL_MODEL,
  minutes: null,
  seed: 1,
  backend: "wasm",
  report: console.log,
});
// The threads of the library would keep the process alive.
Deno.exit(0);
