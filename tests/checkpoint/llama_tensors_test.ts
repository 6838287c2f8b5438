import { assert, assertEquals } from "@std/assert";
import {
  listWeights,
  type LlamaTensors,
  openCheckpoint,
  resolveLlamaTensors,
  type TensorToWrite,
} from "../../src/checkpoint/mod.ts";
import { assertErrorAsync } from "./assert_error.ts";
import {
  type TinyModelOptions,
  tinyShapes,
  tinyTensors,
  writeTinyModel,
} from "./tiny_model.ts";

const EMBED = "model.embed_tokens.weight";
const HEAD = "lm_head.weight";
const Q = "model.layers.0.self_attn.q_proj.weight";

async function resolve(options: TinyModelOptions): Promise<LlamaTensors> {
  const directory = await Deno.makeTempDir();
  try {
    await writeTinyModel(directory, options);
    using checkpoint = await openCheckpoint(directory);
    return resolveLlamaTensors(checkpoint);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    error.message = error.message.replaceAll(directory, "DIR");
    throw error;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const change = (
  name: string,
  changes: Partial<TensorToWrite>,
): TensorToWrite[] =>
  tinyTensors().map((tensor) =>
    tensor.name === name ? { ...tensor, ...changes } : tensor
  );

const extra = (name: string): TensorToWrite => ({
  name,
  dtype: "F32",
  shape: [4],
  bytes: new Uint8Array(16),
});

const names = ({ layers, ...others }: LlamaTensors): string[] =>
  [...Object.values(others), ...layers.flatMap(listWeights)]
    .map(({ name }) => name);

Deno.test("resolveLlamaTensors() finds every tensor in its place", async () => {
  const { embedTokens, lmHead, norm, layers } = await resolve({});
  assertEquals([embedTokens.name, lmHead.name], [EMBED, HEAD]);
  assertEquals(norm.name, "model.norm.weight");
  assertEquals(layers.length, 2);
  for (const [index, layer] of layers.entries()) {
    const start = `model.layers.${index}.`;
    const { qkvBiases, oBias, mlpBiases, headNorms, outputNorms, router } =
      layer;
    assertEquals(
      [qkvBiases, oBias, mlpBiases, headNorms, outputNorms, router],
      [null, null, null, null, null, null],
    );
    const { inputNorm, q, k, v, o, feedForwardNorm, networks } = layer;
    assertEquals(networks.length, 1);
    const weights = { inputNorm, q, k, v, o, feedForwardNorm, ...networks[0] };
    assertEquals(
      Object.entries(weights).map(([key, entry]) => `${key} ${entry.name}`),
      [
        `inputNorm ${start}input_layernorm.weight`,
        `q ${start}self_attn.q_proj.weight`,
        `k ${start}self_attn.k_proj.weight`,
        `v ${start}self_attn.v_proj.weight`,
        `o ${start}self_attn.o_proj.weight`,
        `feedForwardNorm ${start}post_attention_layernorm.weight`,
        `gate ${start}mlp.gate_proj.weight`,
        `up ${start}mlp.up_proj.weight`,
        `down ${start}mlp.down_proj.weight`,
      ],
    );
  }
});

Deno.test("resolveLlamaTensors() takes F32, F16 and BF16, mixed too", async () => {
  for (const dtype of ["F32", "F16", "BF16"] as const) {
    const { embedTokens } = await resolve({ tensors: tinyTensors({ dtype }) });
    assertEquals(embedTokens.dtype, dtype);
  }
  const bytes = new Uint8Array(16);
  const tensors = change("model.norm.weight", { dtype: "F16", bytes });
  const mixed = await resolve({ tensors });
  assertEquals([mixed.norm.dtype, mixed.lmHead.dtype], ["F16", "F32"]);
});

Deno.test("resolveLlamaTensors() finds the biases that the configuration has", async () => {
  for (const hasAttentionBias of [false, true]) {
    for (const hasMlpBias of [false, true]) {
      const which = { hasAttentionBias, hasMlpBias };
      const found = await resolve({
        config: { attention_bias: hasAttentionBias, mlp_bias: hasMlpBias },
        tensors: tinyTensors(which),
      });
      assertEquals(names(found).sort(), [...tinyShapes(which).keys()].sort());
      const layer = found.layers[1];
      assertEquals(
        layer?.qkvBiases?.k.name,
        hasAttentionBias ? "model.layers.1.self_attn.k_proj.bias" : undefined,
      );
      assertEquals(
        layer?.mlpBiases?.down.name,
        hasMlpBias ? "model.layers.1.mlp.down_proj.bias" : undefined,
      );
    }
  }
});

Deno.test("resolveLlamaTensors() finds tied weights under either name", async () => {
  const config = { tie_word_embeddings: true };
  const stored: readonly (readonly [string[], string])[] = [
    [[HEAD], EMBED],
    [[EMBED], HEAD],
    [[], EMBED],
  ];
  for (const [without, expected] of stored) {
    const tensors = tinyTensors({ without });
    const { embedTokens, lmHead } = await resolve({ config, tensors });
    assertEquals(embedTokens.name, expected);
    assert(lmHead === embedTokens);
  }
});

Deno.test("resolveLlamaTensors() ignores stored rotary frequencies only", async () => {
  const ignored = [
    "model.layers.0.self_attn.rotary_emb.inv_freq",
    "model.rotary_emb.inv_freq",
  ];
  await resolve({ tensors: [...tinyTensors(), ...ignored.map(extra)] });
});

Deno.test("resolveLlamaTensors() reads sharded models alike", async () => {
  const found = await resolve({ numShards: 3 });
  assertEquals(names(found).sort(), [...tinyShapes().keys()].sort());
});

const LLAMA =
  "a llama with num_hidden_layers 2, attention_bias false, mlp_bias false and tie_word_embeddings";
const SINGLE = '"DIR/model.safetensors"';

type Case = readonly [
  options: TinyModelOptions,
  error: readonly [typeof TypeError, string],
];
const REFUSED: readonly Case[] = [
  [{ tensors: tinyTensors({ without: ["model.norm.weight"] }) }, [
    ReferenceError,
    `Cannot load "model.norm.weight" from ${SINGLE} as ${LLAMA} false must have it: found no such tensor`,
  ]],
  [{ tensors: tinyTensors({ without: [HEAD] }) }, [
    ReferenceError,
    `Cannot load "${HEAD}" from ${SINGLE} as ${LLAMA} false must have it: found no such tensor`,
  ]],
  [{ tensors: tinyTensors({ without: [EMBED] }) }, [
    ReferenceError,
    `Cannot load "${EMBED}" from ${SINGLE} as ${LLAMA} false must have it: found no such tensor`,
  ]],
  [{
    config: { tie_word_embeddings: true },
    tensors: tinyTensors({ without: [EMBED, HEAD] }),
  }, [
    ReferenceError,
    `Cannot load "${EMBED}" from ${SINGLE} as ${LLAMA} true must have it: found no such tensor`,
  ]],
  [{ tensors: tinyTensors({ without: [Q] }), numShards: 2 }, [
    ReferenceError,
    `Cannot load "${Q}" from "DIR/model.safetensors.index.json" as ${LLAMA} false must have it: found no such tensor`,
  ]],
  [{ config: { attention_bias: true } }, [
    ReferenceError,
    `Cannot load "model.layers.0.self_attn.q_proj.bias" from ${SINGLE} as a llama with num_hidden_layers 2, attention_bias true, mlp_bias false and tie_word_embeddings false must have it: found no such tensor`,
  ]],
  [{ config: { num_hidden_layers: 3 } }, [
    ReferenceError,
    `Cannot load "model.layers.2.input_layernorm.weight" from ${SINGLE} as a llama with num_hidden_layers 3, attention_bias false, mlp_bias false and tie_word_embeddings false must have it: found no such tensor`,
  ]],
  [{ tensors: change(Q, { shape: [8, 16] }) }, [
    RangeError,
    `Cannot load "${Q}" from ${SINGLE} as its shape must be [H*E, D] = [16, 8]: found [8, 16]`,
  ]],
  [{ tensors: change(Q, { shape: [128] }) }, [
    RangeError,
    `Cannot load "${Q}" from ${SINGLE} as its shape must be [H*E, D] = [16, 8]: found [128]`,
  ]],
  [{ tensors: change(Q, { shape: [16, 8, 1] }), numShards: 2 }, [
    RangeError,
    `Cannot load "${Q}" from "DIR/model-00001-of-00002.safetensors" as its shape must be [H*E, D] = [16, 8]: found [16, 8, 1]`,
  ]],
  [{ config: { vocab_size: 11 } }, [
    RangeError,
    `Cannot load "${EMBED}" from ${SINGLE} as its shape must be [V, D] = [11, 8]: found [10, 8]`,
  ]],
  [{ config: { num_key_value_heads: 4 } }, [
    RangeError,
    `Cannot load "model.layers.0.self_attn.k_proj.weight" from ${SINGLE} as its shape must be [G*E, D] = [16, 8]: found [8, 8]`,
  ]],
  [{ config: { intermediate_size: 13 } }, [
    RangeError,
    `Cannot load "model.layers.0.mlp.gate_proj.weight" from ${SINGLE} as its shape must be [F, D] = [13, 8]: found [12, 8]`,
  ]],
  [{
    config: { tie_word_embeddings: true },
    tensors: change(HEAD, { shape: [8, 10] }),
  }, [
    RangeError,
    `Cannot load "${HEAD}" from ${SINGLE} as its shape must be [V, D] = [10, 8]: found [8, 10]`,
  ]],
  [{ tensors: change("model.norm.weight", { dtype: "I32" }) }, [
    TypeError,
    `Cannot load "model.norm.weight" from ${SINGLE} as its dtype must be F32, F16 or BF16: found I32`,
  ]],
  [{ tensors: [...tinyTensors(), extra("x\ny")] }, [
    RangeError,
    `Cannot load "x\\ny" from ${SINGLE} as ${LLAMA} false must have no such tensor: found F32 [4]`,
  ]],
  [{ config: { num_hidden_layers: 1 } }, [
    RangeError,
    `Cannot load "model.layers.1.input_layernorm.weight" from ${SINGLE} as a llama with num_hidden_layers 1, attention_bias false, mlp_bias false and tie_word_embeddings false must have no such tensor: found F32 [8]`,
  ]],
  [{ tensors: tinyTensors({ hasMlpBias: true }) }, [
    RangeError,
    `Cannot load "model.layers.0.mlp.gate_proj.bias" from ${SINGLE} as ${LLAMA} false must have no such tensor: found F32 [12]`,
  ]],
];

Deno.test("resolveLlamaTensors() names the file, the tensor, the rule and what is there", async () => {
  for (const [options, error] of REFUSED) {
    await assertErrorAsync(() => resolve(options), error);
  }
});
