/**
 * What a whole model's directory must be once the loader has accepted it, from the files themselves.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  type Checkpoint,
  listWeights,
  type LlamaTensors,
  type ModelConfig,
  type TensorEntry,
} from "../../src/checkpoint/mod.ts";
import { parsePlainly, readPlainly } from "./oracle.ts";

/** Asserts that everything the loader says about a directory is what the files in it say. */
export async function assertSound(
  checkpoint: Checkpoint,
  llama: LlamaTensors,
): Promise<void> {
  const { directory, config } = checkpoint;
  const text = await Deno.readTextFile(`${directory}/config.json`);
  const json = parsePlainly(text);
  assert(json !== null);
  assertConfig(config, json);
  const shapes = expectedShapes(json);
  const entries = listEntries(llama);
  const isTied = json.tie_word_embeddings === true;
  for (const { name } of entries) assert(shapes.has(name), name);
  for (const name of shapes.keys()) {
    const isHead = /^(model\.embed_tokens|lm_head)\.weight$/.test(name);
    if (isTied && isHead) continue;
    assert(entries.some((entry) => entry.name === name), name);
  }
  assertEquals(llama.lmHead === llama.embedTokens, isTied);
  for (const entry of entries) {
    await assertEntry(checkpoint, entry, { shape: shapes.get(entry.name) });
  }
  await assertFiles(checkpoint);
}

function assertConfig(
  config: ModelConfig,
  json: Readonly<Record<string, unknown>>,
): void {
  assertEquals(json.architectures ?? ["LlamaForCausalLM"], [
    "LlamaForCausalLM",
  ]);
  assertEquals(json.hidden_act ?? "silu", "silu");
  assertEquals(config.vocabSize, json.vocab_size);
  assertEquals(config.hiddenSize, json.hidden_size);
  assertEquals(config.intermediateSize, json.intermediate_size);
  assertEquals(config.numHiddenLayers, json.num_hidden_layers);
  assertEquals(config.numAttentionHeads, json.num_attention_heads);
  const numKvHeads = json.num_key_value_heads ?? json.num_attention_heads;
  assertEquals(config.numKeyValueHeads, numKvHeads);
  assertEquals(config.numAttentionHeads % config.numKeyValueHeads, 0);
  const headDim = json.head_dim ?? config.hiddenSize / config.numAttentionHeads;
  assertEquals(config.headDim, headDim);
  assertEquals(config.headDim % 2, 0);
  assertEquals(config.maxPositionEmbeddings, json.max_position_embeddings);
  assertEquals(config.rmsNormEps, json.rms_norm_eps);
  assertEquals(config.tieWordEmbeddings, json.tie_word_embeddings ?? false);
  assertEquals(config.ropeTheta, json.rope_theta ?? 10000);
  const positive = [
    ...[config.vocabSize, config.hiddenSize, config.intermediateSize],
    ...[config.numHiddenLayers, config.numKeyValueHeads, config.headDim],
    ...[config.maxPositionEmbeddings, config.rmsNormEps, config.ropeTheta],
  ];
  for (const number of positive) assert(number > 0 && number < 1e16);
  for (const id of [config.bosTokenId ?? 0, ...config.eosTokenIds]) {
    assert(Number.isSafeInteger(id) && id >= 0 && id < config.vocabSize);
  }
  assertRope(config, json.rope_scaling ?? null);
}

function assertRope(config: ModelConfig, scaling: unknown): void {
  if (config.ropeScaling === null) {
    assert(
      scaling === null ||
        Reflect.get(Object(scaling), "rope_type") === "default",
    );
    return;
  }
  const { type, ...numbers } = config.ropeScaling;
  const fields = Object(scaling);
  assertEquals(Reflect.get(fields, "rope_type"), type);
  for (const [key, number] of Object.entries(numbers)) {
    const snake = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    // What follows from other fields is not in the file.
    if (key !== "attentionFactor") {
      assertEquals(Reflect.get(fields, snake), number);
    }
    for (const value of [number].flat()) {
      assert(Number.isFinite(value) && value > 0);
    }
  }
}

/** Names and shapes of a Llama's tensors, from its `config.json`. */
function expectedShapes(
  json: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, readonly number[]> {
  const number = (key: string): number => Number(json[key]);
  const hidden = number("hidden_size");
  const inner = number("intermediate_size");
  const heads = number("num_attention_heads");
  const headDim = Number(json.head_dim ?? hidden / heads);
  const queries = heads * headDim;
  const keys = Number(json.num_key_value_heads ?? heads) * headDim;
  const shapes = new Map<string, readonly number[]>();
  const projections: readonly (readonly [string, number, number, unknown])[] = [
    ["self_attn.q_proj", queries, hidden, json.attention_bias],
    ["self_attn.k_proj", keys, hidden, json.attention_bias],
    ["self_attn.v_proj", keys, hidden, json.attention_bias],
    ["self_attn.o_proj", hidden, queries, json.attention_bias],
    ["mlp.gate_proj", inner, hidden, json.mlp_bias],
    ["mlp.up_proj", inner, hidden, json.mlp_bias],
    ["mlp.down_proj", hidden, inner, json.mlp_bias],
  ];
  for (let layer = 0; layer < number("num_hidden_layers"); layer++) {
    const start = `model.layers.${layer}.`;
    for (const [name, rows, columns, hasBias] of projections) {
      shapes.set(`${start}${name}.weight`, [rows, columns]);
      if (hasBias === true) shapes.set(`${start}${name}.bias`, [rows]);
    }
    shapes.set(`${start}input_layernorm.weight`, [hidden]);
    shapes.set(`${start}post_attention_layernorm.weight`, [hidden]);
  }
  shapes.set("model.norm.weight", [hidden]);
  shapes.set("model.embed_tokens.weight", [number("vocab_size"), hidden]);
  shapes.set("lm_head.weight", [number("vocab_size"), hidden]);
  return shapes;
}

function listEntries(llama: LlamaTensors): readonly TensorEntry[] {
  const { embedTokens, lmHead, norm, layers } = llama;
  return [
    ...new Set([embedTokens, lmHead, norm]),
    ...layers.flatMap(listWeights),
  ];
}

async function assertEntry(
  checkpoint: Checkpoint,
  entry: TensorEntry,
  { shape }: { readonly shape: readonly number[] | undefined },
): Promise<void> {
  assertEquals(entry.shape, shape);
  assert(["F32", "F16", "BF16"].includes(entry.dtype));
  const bytes = await Deno.readFile(entry.file);
  const plain = readPlainly(bytes)?.get(entry.name);
  assert(plain !== undefined);
  assertEquals([entry.dtype, entry.shape], [plain.dtype, plain.shape]);
  const into = new Uint8Array(entry.sizeBytes);
  await checkpoint.readTensorBytes(entry, { into });
  assertEquals(into, bytes.slice(plain.start, plain.end));
}

async function assertFiles(checkpoint: Checkpoint): Promise<void> {
  const { directory, tensors, weightsFile } = checkpoint;
  let weightMap: object = {};
  if (weightsFile.endsWith("index.json")) {
    const json = parsePlainly(await Deno.readTextFile(weightsFile));
    weightMap = Object(json?.weight_map);
  } else {
    for (const name of tensors.keys()) {
      weightMap = { ...weightMap, [name]: "model.safetensors" };
    }
  }
  assertEquals(Object.keys(weightMap).sort(), [...tensors.keys()].sort());
  for (const file of new Set(Object.values(weightMap))) {
    const plain = readPlainly(await Deno.readFile(`${directory}/${file}`));
    assert(plain !== null);
    for (const name of plain.keys()) {
      assertEquals(Reflect.get(weightMap, name), file);
    }
  }
}
