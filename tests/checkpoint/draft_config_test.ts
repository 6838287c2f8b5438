import { assertEquals } from "@std/assert";
import type { DraftConfig } from "../../src/checkpoint/mod.ts";
import { parseDraftConfig } from "../../src/checkpoint/draft_config.ts";
import { parseJson } from "../../src/checkpoint/json.ts";
import { assertError } from "./assert_error.ts";
import { DRAFT_CONFIG } from "./tiny_drafter.ts";

const FILE = "d/config.json";

function parse(fields: Readonly<Record<string, unknown>>): DraftConfig {
  const text = JSON.stringify({ ...DRAFT_CONFIG, ...fields });
  return parseDraftConfig(parseJson(text, { file: FILE }), FILE);
}

Deno.test("parseDraftConfig() reads every field", () => {
  assertEquals(
    parse({
      target_hidden_size: 6,
      rope_theta: 500000.0,
      rope_scaling: { type: "linear", factor: 2.0 },
      bias: false,
      qkv_bias: true,
      norm_before_residual: true,
      eagle_aux_hidden_state_layer_ids: [2, 16, 29],
    }),
    {
      vocabSize: 10,
      draftVocabSize: 6,
      hiddenSize: 8,
      targetHiddenSize: 6,
      numAttentionHeads: 4,
      numKeyValueHeads: 2,
      headDim: 4,
      maxPositionEmbeddings: 64,
      rmsNormEps: 1e-5,
      ropeTheta: 500000,
      ropeScaling: { type: "linear", factor: 2 },
      bias: false,
      qkvBias: true,
      normBeforeResidual: true,
      hasTaps: true,
      tapLayerIds: [2, 16, 29],
    },
  );
});

Deno.test("parseDraftConfig() takes EAGLE's defaults for what is not said", () => {
  assertEquals(
    parseDraftConfig(
      parseJson(
        `{"vocab_size": 32000, "hidden_size": 4096, "num_attention_heads": 32, "rms_norm_eps": 1e-06}`,
        { file: FILE },
      ),
      FILE,
    ),
    {
      vocabSize: 32000,
      draftVocabSize: null,
      hiddenSize: 4096,
      targetHiddenSize: 4096,
      numAttentionHeads: 32,
      numKeyValueHeads: 32,
      headDim: 128,
      maxPositionEmbeddings: null,
      rmsNormEps: 1e-6,
      ropeTheta: 10000,
      ropeScaling: null,
      bias: true,
      qkvBias: false,
      normBeforeResidual: false,
      hasTaps: true,
      tapLayerIds: null,
    },
  );
});

Deno.test("parseDraftConfig() does not mind fields of other programs", () => {
  parse({
    architectures: ["LlamaForCausalLMEagle3"],
    model_type: "llama",
    intermediate_size: 11008,
    num_local_experts: 2,
    num_experts_per_tok: 2,
    pretraining_tp: 1,
    attention_bias: false,
    tie_word_embeddings: false,
    torch_dtype: "float16",
    norm_output: false,
  });
});

const START = `Cannot load "${FILE}" as`;
const TAPS = "eagle_aux_hidden_state_layer_ids";

type Case = readonly [
  fields: Readonly<Record<string, unknown>>,
  error: readonly [typeof TypeError, string],
];
const REFUSED: readonly Case[] = [
  [{ hidden_size: undefined }, [
    TypeError,
    `${START} "hidden_size" must be an integer in [1, 1048576]: found nothing`,
  ]],
  [{ vocab_size: 0 }, [
    RangeError,
    `${START} "vocab_size" must be an integer in [1, 4194304]: found 0`,
  ]],
  [{ rms_norm_eps: undefined }, [
    TypeError,
    `${START} "rms_norm_eps" must be a number in (0, 1]: found nothing`,
  ]],
  [{ num_key_value_heads: 3 }, [
    RangeError,
    `${START} "num_key_value_heads" must be a divisor of "num_attention_heads", 4: found 3`,
  ]],
  [{ head_dim: 3 }, [RangeError, `${START} "head_dim" must be even: found 3`]],
  [{ head_dim: undefined, num_attention_heads: 8, num_key_value_heads: 8 }, [
    RangeError,
    `${START} "hidden_size" must be 8 times an even number up to 1024, as "head_dim" is absent: found 8`,
  ]],
  [{ num_hidden_layers: 2 }, [
    RangeError,
    `${START} "num_hidden_layers" must be an integer in [1, 1]: found 2`,
  ]],
  [{ hidden_act: "gelu" }, [
    RangeError,
    `${START} "hidden_act" must be silu: found "gelu"`,
  ]],
  [{ bias: 1 }, [TypeError, `${START} "bias" must be true or false: found 1`]],
  [{ norm_output: true }, [
    RangeError,
    `${START} "norm_output" must be false or absent: found true`,
  ]],
  [{ norm_before_fc: true }, [
    RangeError,
    `${START} "norm_before_fc" must be false or absent: found true`,
  ]],
  [{ quantization_config: {} }, [
    RangeError,
    `${START} "quantization_config" must be absent: found an object`,
  ]],
  [{ rope_scaling: { type: "yarn" } }, [
    RangeError,
    `${START} "rope_scaling.type" must be default, linear, llama3 or longrope: found "yarn"`,
  ]],
  [{ [TAPS]: [1, 2, 3], eagle_config: { [TAPS]: [1, 2, 3] } }, [
    TypeError,
    `${START} "${TAPS}" must be absent beside that of "eagle_config": found [1, 2, 3]`,
  ]],
  [{ eagle_config: { [TAPS]: [1, -1] } }, [
    RangeError,
    `${START} "eagle_config.${TAPS}" must be an integer in [0, 1023] or a list of them: found [1, -1]`,
  ]],
];

Deno.test("parseDraftConfig() names the field, the rule and what is there", () => {
  for (const [fields, error] of REFUSED) {
    assertError(() => parse(fields), error);
  }
});
