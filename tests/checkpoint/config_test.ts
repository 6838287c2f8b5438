import { assertEquals } from "@std/assert";
import {
  type ModelConfig,
  parseModelConfig,
} from "../../src/checkpoint/mod.ts";
import { parseJson } from "../../src/checkpoint/json.ts";
import { TINY_CONFIG } from "./tiny_model.ts";

type Fields = Readonly<Record<string, unknown>>;

function parse(fields: Fields): ModelConfig {
  const text = JSON.stringify({ ...TINY_CONFIG, ...fields });
  return parseModelConfig(
    parseJson(text, { file: "config.json" }),
    "config.json",
  );
}

Deno.test("parseModelConfig() reads every field", () => {
  assertEquals(parse({ attention_bias: true, mlp_bias: true }), {
    vocabSize: 10,
    hiddenSize: 8,
    intermediateSize: 12,
    numHiddenLayers: 2,
    numAttentionHeads: 4,
    numKeyValueHeads: 2,
    headDim: 4,
    maxPositionEmbeddings: 64,
    rmsNormEps: 1e-5,
    ropeTheta: 10000,
    ropeScaling: null,
    tieWordEmbeddings: false,
    modelType: "llama",
    attentionBias: true,
    outputBias: true,
    mlpBias: true,
    hasFusedTensors: false,
    activation: "silu",
    normOffset: 0,
    hasQkNorm: false,
    hasPostNorms: false,
    embedScale: 1,
    attentionScale: 0.5,
    attentionSoftCap: null,
    finalSoftCap: null,
    layerWindows: [null, null],
    localRope: null,
    experts: null,
    bosTokenId: 1,
    eosTokenIds: [2],
  });
});

Deno.test("parseModelConfig() reads the configurations of known models", () => {
  const llama2 = parse({
    vocab_size: 32000,
    hidden_size: 4096,
    intermediate_size: 11008,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    num_key_value_heads: 32,
    head_dim: undefined,
    max_position_embeddings: 4096,
    rope_theta: undefined,
    rope_scaling: null,
    pretraining_tp: 1,
    torch_dtype: "float16",
  });
  assertEquals([llama2.headDim, llama2.ropeTheta], [128, 10000]);
  const llama32 = parse({
    vocab_size: 128256,
    hidden_size: 2048,
    intermediate_size: 8192,
    num_hidden_layers: 16,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    head_dim: 64,
    max_position_embeddings: 131072,
    rope_theta: 500000.0,
    rope_scaling: {
      factor: 32.0,
      high_freq_factor: 4.0,
      low_freq_factor: 1.0,
      original_max_position_embeddings: 8192,
      rope_type: "llama3",
    },
    bos_token_id: 128000,
    eos_token_id: [128001, 128008, 128009],
    tie_word_embeddings: true,
  });
  assertEquals(llama32.numKeyValueHeads, 8);
  assertEquals(llama32.eosTokenIds, [128001, 128008, 128009]);
  assertEquals(llama32.ropeScaling?.type, "llama3");
  assertEquals(llama32.tieWordEmbeddings, true);
});

const DEFAULTS: readonly (readonly [Fields, Partial<ModelConfig>])[] = [
  [{ num_key_value_heads: undefined }, { numKeyValueHeads: 4 }],
  [{ num_key_value_heads: null }, { numKeyValueHeads: 4 }],
  [
    { head_dim: undefined },
    { headDim: 2, attentionScale: 1 / Math.sqrt(2) },
  ],
  [{ head_dim: null }, { headDim: 2, attentionScale: 1 / Math.sqrt(2) }],
  [
    { head_dim: 6, hidden_size: 10 },
    { headDim: 6, hiddenSize: 10, attentionScale: 1 / Math.sqrt(6) },
  ],
  [{ rope_theta: undefined }, { ropeTheta: 10000 }],
  [{ tie_word_embeddings: undefined }, { tieWordEmbeddings: false }],
  [{ hidden_act: undefined }, {}],
  [{ architectures: undefined }, {}],
  [{ model_type: undefined }, {}],
  [{ bos_token_id: null }, { bosTokenId: null }],
  [{ eos_token_id: undefined }, { eosTokenIds: [] }],
  [{ eos_token_id: null }, { eosTokenIds: [] }],
  [{ eos_token_id: [2, 9, 2] }, { eosTokenIds: [2, 9] }],
  [{ quantization_config: null }, {}],
];

Deno.test("parseModelConfig() fills in what LlamaConfig would", () => {
  for (const [fields, expected] of DEFAULTS) {
    assertEquals(parse(fields), { ...parse({}), ...expected });
  }
});
