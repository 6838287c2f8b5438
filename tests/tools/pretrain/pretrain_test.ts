import { assert, assertEquals, assertMatch } from "@std/assert";
import { loadModel } from "../../../mod.ts";
import { prepareCorpora } from "../../../tools/corpus/prepare_corpora.ts";
import { DEFAULT_MODEL } from "../../../tools/default_model.ts";
import type { CurvePoint } from "../../../tools/pretrain/curve.ts";
import { pretrain } from "../../../tools/pretrain/pretrain.ts";
import { writePrepared } from "../../../tools/corpus/write_prepared.ts";
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

Deno.test("pretrain() makes a model of prepared corpora that the engine lets talk", async () => {
  const directory = await Deno.makeTempDir();
  const [prepared, out] = [`${directory}/prepared`, `${directory}/model`];
  try {
    await writePrepared(
      prepared,
      prepareCorpora({ dialogues: DIALOGUES, stories: STORIES }, {
        vocabSize: SMALL_MODEL.config.vocab_size,
        maxTokens: SMALL_MODEL.config.max_position_embeddings,
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
      report: () => {},
    });
    const curve: CurvePoint[] = JSON.parse(
      await Deno.readTextFile(`${out}/curves.json`),
    );
    const last = curve.at(-1);
    assertEquals(last?.step, 200);
    // All tokens alike would be ln 420, 6.04; the fixtures are easily guessed.
    assert((last?.train ?? 9) < 2, `trained to ${last?.train}`);
    assert(
      (last?.heldOut?.dialogues ?? 9) < 2,
      `held out ${JSON.stringify(last)}`,
    );
    using model = await loadModel(out, { dtype: "f32" });
    const messages = [{
      role: "user",
      content: "I'm looking for a movie in city 7.",
    }];
    const chunks = model.chat(messages, { temperature: 0 });
    let next = await chunks.next();
    while (!next.done) next = await chunks.next();
    assertEquals(next.value.stop, "eos");
    assertMatch(next.value.text, /^How about the (?:movie|film) of \d+:30/);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
