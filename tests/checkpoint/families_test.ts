import { assert, assertEquals } from "@std/assert";
import {
  type ModelConfig,
  parseModelConfig,
} from "../../src/checkpoint/mod.ts";
import { assertError } from "./assert_error.ts";
import { parseJson } from "../../src/checkpoint/json.ts";
import { TINY_CONFIG } from "./tiny_model.ts";

type Fields = Readonly<Record<string, unknown>>;

function parse(fields: Fields): ModelConfig {
  const text = JSON.stringify(fields);
  return parseModelConfig(
    parseJson(text, { file: "config.json" }),
    "config.json",
  );
}

/** What every configuration says that is read here. */
const SHARED = {
  vocab_size: 32000,
  rms_norm_eps: 1e-6,
  hidden_act: "silu",
};

/** Sizes and switches as the models of these names are published with. */
const PUBLISHED = {
  "Mistral-7B-v0.1": {
    ...SHARED,
    architectures: ["MistralForCausalLM"],
    model_type: "mistral",
    hidden_size: 4096,
    intermediate_size: 14336,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    max_position_embeddings: 32768,
    rope_theta: 10000.0,
    sliding_window: 4096,
  },
  "Qwen2.5-0.5B-Instruct": {
    ...SHARED,
    architectures: ["Qwen2ForCausalLM"],
    model_type: "qwen2",
    hidden_size: 896,
    intermediate_size: 4864,
    max_position_embeddings: 32768,
    max_window_layers: 21,
    num_attention_heads: 14,
    num_hidden_layers: 24,
    num_key_value_heads: 2,
    rope_theta: 1000000.0,
    sliding_window: 32768,
    tie_word_embeddings: true,
    use_sliding_window: false,
  },
  "Qwen3-0.6B": {
    ...SHARED,
    architectures: ["Qwen3ForCausalLM"],
    model_type: "qwen3",
    attention_bias: false,
    head_dim: 128,
    hidden_size: 1024,
    intermediate_size: 3072,
    max_position_embeddings: 40960,
    max_window_layers: 28,
    num_attention_heads: 16,
    num_hidden_layers: 28,
    num_key_value_heads: 8,
    rope_scaling: null,
    rope_theta: 1000000,
    sliding_window: null,
    tie_word_embeddings: true,
    use_sliding_window: false,
  },
  "Phi-3-mini-4k-instruct": {
    ...SHARED,
    architectures: ["Phi3ForCausalLM"],
    model_type: "phi3",
    hidden_size: 3072,
    intermediate_size: 8192,
    max_position_embeddings: 4096,
    num_attention_heads: 32,
    num_hidden_layers: 32,
    num_key_value_heads: 32,
    original_max_position_embeddings: 4096,
    rope_scaling: null,
    rope_theta: 10000.0,
    sliding_window: 2047,
    attention_bias: false,
  },
  "gemma-2-2b-it": {
    ...SHARED,
    architectures: ["Gemma2ForCausalLM"],
    model_type: "gemma2",
    attention_bias: false,
    attn_logit_softcapping: 50.0,
    final_logit_softcapping: 30.0,
    head_dim: 256,
    hidden_act: "gelu_pytorch_tanh",
    hidden_activation: "gelu_pytorch_tanh",
    hidden_size: 2304,
    intermediate_size: 9216,
    max_position_embeddings: 8192,
    num_attention_heads: 8,
    num_hidden_layers: 26,
    num_key_value_heads: 4,
    query_pre_attn_scalar: 256,
    rope_theta: 10000.0,
    sliding_window: 4096,
  },
  "gemma-3-1b-it": {
    ...SHARED,
    architectures: ["Gemma3ForCausalLM"],
    model_type: "gemma3_text",
    hidden_act: undefined,
    attention_bias: false,
    attn_logit_softcapping: null,
    final_logit_softcapping: null,
    head_dim: 256,
    hidden_activation: "gelu_pytorch_tanh",
    hidden_size: 1152,
    intermediate_size: 6912,
    max_position_embeddings: 32768,
    num_attention_heads: 4,
    num_hidden_layers: 26,
    num_key_value_heads: 1,
    query_pre_attn_scalar: 256,
    rope_local_base_freq: 10000,
    rope_scaling: null,
    rope_theta: 1000000,
    sliding_window: 512,
    sliding_window_pattern: 6,
  },
  "Mixtral-8x7B-v0.1": {
    ...SHARED,
    architectures: ["MixtralForCausalLM"],
    model_type: "mixtral",
    hidden_size: 4096,
    intermediate_size: 14336,
    max_position_embeddings: 32768,
    num_attention_heads: 32,
    num_experts_per_tok: 2,
    num_hidden_layers: 32,
    num_key_value_heads: 8,
    num_local_experts: 8,
    rope_theta: 1000000.0,
    router_aux_loss_coef: 0.02,
    sliding_window: null,
  },
} as const;

const count = ({ layerWindows }: ModelConfig, window: number | null): number =>
  layerWindows.filter((each) => each === window).length;

Deno.test("parseModelConfig() knows what sets published models apart", () => {
  const mistral = parse(PUBLISHED["Mistral-7B-v0.1"]);
  assertEquals(count(mistral, 4096), 32);
  assertEquals([mistral.attentionBias, mistral.tieWordEmbeddings], [
    false,
    false,
  ]);

  const qwen2 = parse(PUBLISHED["Qwen2.5-0.5B-Instruct"]);
  assertEquals([qwen2.attentionBias, qwen2.outputBias, qwen2.mlpBias], [
    true,
    false,
    false,
  ]);
  assertEquals([count(qwen2, null), qwen2.headDim], [24, 64]);
  assert(qwen2.tieWordEmbeddings && !qwen2.hasQkNorm);

  const qwen3 = parse(PUBLISHED["Qwen3-0.6B"]);
  assertEquals([qwen3.attentionBias, qwen3.hasQkNorm, qwen3.headDim], [
    false,
    true,
    128,
  ]);

  const phi3 = parse(PUBLISHED["Phi-3-mini-4k-instruct"]);
  assertEquals([phi3.hasFusedTensors, phi3.ropeScaling], [true, null]);
  assertEquals([count(phi3, 2047), phi3.headDim], [32, 96]);

  const gemma2 = parse(PUBLISHED["gemma-2-2b-it"]);
  assertEquals([gemma2.attentionSoftCap, gemma2.finalSoftCap], [50, 30]);
  assertEquals([gemma2.embedScale, gemma2.attentionScale], [48, 1 / 16]);
  assertEquals(gemma2.layerWindows.slice(0, 4), [4096, null, 4096, null]);
  assertEquals([gemma2.normOffset, gemma2.activation], [
    1,
    "gelu_pytorch_tanh",
  ]);
  assert(gemma2.tieWordEmbeddings && gemma2.hasPostNorms);
  assert(gemma2.localRope === null && !gemma2.hasQkNorm);

  const gemma3 = parse(PUBLISHED["gemma-3-1b-it"]);
  assertEquals(gemma3.layerWindows.slice(0, 7), [
    ...[512, 512, 512, 512, 512, null, 512],
  ]);
  assertEquals([count(gemma3, null), gemma3.ropeTheta], [4, 1e6]);
  assertEquals(gemma3.localRope, { ropeTheta: 10000, ropeScaling: null });
  assertEquals([gemma3.attentionSoftCap, gemma3.finalSoftCap], [null, null]);
  assert(gemma3.hasQkNorm && gemma3.hasPostNorms);

  const mixtral = parse(PUBLISHED["Mixtral-8x7B-v0.1"]);
  assertEquals(mixtral.experts, { numExperts: 8, numChosen: 2 });
  assertEquals(count(mixtral, null), 32);
});

Deno.test("parseModelConfig() reads windows as each family's configuration does", () => {
  const mistral = PUBLISHED["Mistral-7B-v0.1"];
  const windows = (fields: Fields) => parse(fields).layerWindows;
  const all = (length: number, window: number | null) =>
    new Array(length).fill(window);
  // Absent, MistralConfig's own; null, none.
  const { sliding_window: _, ...silent } = mistral;
  assertEquals(windows(silent), all(32, 4096));
  assertEquals(windows({ ...mistral, sliding_window: null }), all(32, null));
  const qwen = {
    ...PUBLISHED["Qwen2.5-0.5B-Instruct"],
    use_sliding_window: true,
  };
  assertEquals(windows(qwen), [...all(21, null), ...all(3, 32768)]);
  const { max_window_layers: __, ...usual } = qwen;
  assertEquals(windows({ ...usual, num_hidden_layers: 30 }), [
    ...all(28, null),
    ...all(2, 32768),
  ]);
  assertEquals(windows({ ...qwen, sliding_window: null }), all(24, null));
  const gemma = { ...PUBLISHED["gemma-3-1b-it"], num_hidden_layers: 3 };
  const layer_types = [
    "full_attention",
    "sliding_attention",
    "full_attention",
  ];
  assertEquals(windows({ ...gemma, layer_types }), [null, 512, null]);
  assertEquals(
    windows({ ...gemma, sliding_window_pattern: 2 }),
    [512, null, 512],
  );
});

Deno.test("parseModelConfig() reads a Gemma 3's rotations wherever they are", () => {
  const { rope_theta: _, rope_local_base_freq: __, ...others } =
    PUBLISHED["gemma-3-1b-it"];
  const rotations = (fields: Fields) => {
    const { rope_scaling: ___, ...silent } = others;
    const { ropeTheta, ropeScaling, localRope } = parse({
      ...silent,
      ...fields,
    });
    return { ropeTheta, ropeScaling, localRope };
  };
  const local = { ropeTheta: 10000, ropeScaling: null };
  assertEquals(rotations({}), {
    ropeTheta: 1e6,
    ropeScaling: null,
    localRope: local,
  });
  const linear = { rope_type: "linear", factor: 8 };
  const expected = {
    ropeTheta: 1e6,
    ropeScaling: { type: "linear", factor: 8 } as const,
    localRope: { ropeTheta: 20000, ropeScaling: null },
  };
  assertEquals(
    rotations({
      rope_theta: 1e6,
      rope_local_base_freq: 2e4,
      rope_scaling: linear,
    }),
    expected,
  );
  assertEquals(
    rotations({
      rope_parameters: {
        full_attention: { rope_theta: 1e6, ...linear },
        sliding_attention: { rope_theta: 2e4, rope_type: "default" },
      },
    }),
    expected,
  );
});

Deno.test("parseModelConfig() finds the family by either name", () => {
  for (const fields of Object.values(PUBLISHED)) {
    const { model_type, architectures, ...others } = fields;
    assertEquals(parse({ ...others, model_type }), parse(fields));
    assertEquals(parse({ ...others, architectures }), parse(fields));
  }
});

const GEMMA3 = PUBLISHED["gemma-3-1b-it"];
const PHI3 = PUBLISHED["Phi-3-mini-4k-instruct"];
const TYPES =
  "llama, mistral, qwen2, qwen3, phi3, gemma2, gemma3_text or mixtral";

const REFUSED: readonly (readonly [Fields, typeof TypeError, string])[] = [
  [
    { ...TINY_CONFIG, architectures: undefined, model_type: "qwen2_moe" },
    RangeError,
    `"model_type" must be ${TYPES}: found "qwen2_moe"`,
  ],
  [
    { ...GEMMA3, architectures: undefined, model_type: "gemma3" },
    RangeError,
    `"model_type" must be ${TYPES}: found "gemma3"`,
  ],
  [
    { ...GEMMA3, hidden_activation: "gelu" },
    RangeError,
    '"hidden_activation" must be gelu_pytorch_tanh: found "gelu"',
  ],
  [
    { ...PHI3, hidden_act: "gelu_pytorch_tanh" },
    RangeError,
    '"hidden_act" must be silu: found "gelu_pytorch_tanh"',
  ],
  [
    { ...GEMMA3, head_dim: undefined },
    TypeError,
    '"head_dim" must be there in a gemma3_text: found nothing',
  ],
  [
    { ...PUBLISHED["Mixtral-8x7B-v0.1"], num_local_experts: undefined },
    TypeError,
    '"num_local_experts" must be there in a mixtral: found nothing',
  ],
  [
    { ...PUBLISHED["Mixtral-8x7B-v0.1"], num_local_experts: 65 },
    RangeError,
    '"num_local_experts" must be an integer in [2, 64]: found 65',
  ],
  [
    { ...PUBLISHED["Mixtral-8x7B-v0.1"], num_experts_per_tok: 9 },
    RangeError,
    '"num_experts_per_tok" must be an integer in [1, 8]: found 9',
  ],
  [
    { ...GEMMA3, num_hidden_layers: 2, layer_types: ["full_attention"] },
    RangeError,
    '"layer_types" must be a list of 2, each full_attention or sliding_attention: found ["full_attention"]',
  ],
  [
    { ...GEMMA3, num_hidden_layers: 1, layer_types: ["chunked_attention"] },
    RangeError,
    '"layer_types" must be a list of 1, each full_attention or sliding_attention: found ["chunked_attention"]',
  ],
  [
    { ...GEMMA3, use_bidirectional_attention: true },
    RangeError,
    '"use_bidirectional_attention" must be false or absent: found true',
  ],
  [
    { ...GEMMA3, query_pre_attn_scalar: 0 },
    RangeError,
    '"query_pre_attn_scalar" must be a number in (0, 1000000]: found 0',
  ],
  [
    { ...PHI3, partial_rotary_factor: 0.75 },
    RangeError,
    '"partial_rotary_factor" must be a number in [1, 1]: found 0.75',
  ],
  [
    { ...PHI3, rope_scaling: { type: "longrope", short_factor: [1] } },
    RangeError,
    '"rope_scaling.short_factor" must be a list of 48 numbers in (0, 1000000]: found [1]',
  ],
  [
    { ...PHI3, rope_scaling: { type: "yarn", factor: 4 } },
    RangeError,
    '"rope_scaling.type" must be default, linear, llama3 or longrope: found "yarn"',
  ],
  [
    { ...GEMMA3, quantization_config: { quant_method: "awq" } },
    RangeError,
    '"quantization_config" must be absent: found an object',
  ],
  [
    { ...GEMMA3, rope_scaling: undefined, rope_parameters: {} },
    TypeError,
    '"rope_parameters.full_attention" must be an object: found nothing',
  ],
];

Deno.test("parseModelConfig() refuses what no family here has", () => {
  for (const [fields, errorClass, rest] of REFUSED) {
    assertError(() => parse(fields), [
      errorClass,
      `Cannot load "config.json" as ${rest}`,
    ]);
  }
});
