import {
  type TensorToWrite,
  writeSafetensors,
} from "../../src/checkpoint/mod.ts";
import { Random } from "./random.ts";

/** A `config.json`: 2 layers, `D` 8, `F` 12, `H` 4, `G` 2, `E` 4, `V` 10. */
export const TINY_CONFIG: Readonly<Record<string, unknown>> = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  vocab_size: 10,
  hidden_size: 8,
  intermediate_size: 12,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 4,
  hidden_act: "silu",
  max_position_embeddings: 64,
  rms_norm_eps: 1e-5,
  rope_theta: 10000.0,
  bos_token_id: 1,
  eos_token_id: 2,
  tie_word_embeddings: false,
};

/** Which tensors a tiny model has. */
export interface TinyTensorsOptions {
  readonly dtype?: "F32" | "F16" | "BF16";
  readonly hasAttentionBias?: boolean;
  readonly hasMlpBias?: boolean;
  /** Names to leave out. */
  readonly without?: readonly string[];
}

/** Names and shapes of a tiny model's tensors, written out so that they are no copy of the code. */
export function tinyShapes(
  { hasAttentionBias = false, hasMlpBias = false, without = [] }:
    TinyTensorsOptions = {},
): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  shapes.set("model.embed_tokens.weight", [10, 8]);
  for (const layer of ["model.layers.0.", "model.layers.1."]) {
    shapes.set(layer + "input_layernorm.weight", [8]);
    shapes.set(layer + "self_attn.q_proj.weight", [16, 8]);
    shapes.set(layer + "self_attn.k_proj.weight", [8, 8]);
    shapes.set(layer + "self_attn.v_proj.weight", [8, 8]);
    shapes.set(layer + "self_attn.o_proj.weight", [8, 16]);
    if (hasAttentionBias) {
      shapes.set(layer + "self_attn.q_proj.bias", [16]);
      shapes.set(layer + "self_attn.k_proj.bias", [8]);
      shapes.set(layer + "self_attn.v_proj.bias", [8]);
      shapes.set(layer + "self_attn.o_proj.bias", [8]);
    }
    shapes.set(layer + "post_attention_layernorm.weight", [8]);
    shapes.set(layer + "mlp.gate_proj.weight", [12, 8]);
    shapes.set(layer + "mlp.up_proj.weight", [12, 8]);
    shapes.set(layer + "mlp.down_proj.weight", [8, 12]);
    if (hasMlpBias) {
      shapes.set(layer + "mlp.gate_proj.bias", [12]);
      shapes.set(layer + "mlp.up_proj.bias", [12]);
      shapes.set(layer + "mlp.down_proj.bias", [8]);
    }
  }
  shapes.set("model.norm.weight", [8]);
  shapes.set("lm_head.weight", [10, 8]);
  for (const name of without) shapes.delete(name);
  return shapes;
}

/** A tiny model's tensors, of random bytes. */
export function tinyTensors(options: TinyTensorsOptions = {}): TensorToWrite[] {
  const { dtype = "F32" } = options;
  const random = new Random(1);
  return [...tinyShapes(options)].map(([name, shape]) => ({
    name,
    dtype,
    shape,
    bytes: random.bytes(
      shape.reduce((product, size) => product * size, dtype === "F32" ? 4 : 2),
    ),
  }));
}

/** What to write into a tiny model's directory. */
export interface TinyModelOptions {
  /** Fields to add to `TINY_CONFIG`, or to replace; `undefined` leaves one out. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly generationConfig?: unknown;
  /** Default: `tinyTensors()`. */
  readonly tensors?: readonly TensorToWrite[];
  /** Writes an index and this many shards; 0, the default, writes one file. */
  readonly numShards?: number;
}

/** Writes a tiny model into a directory, in place of what is there. */
export async function writeTinyModel(
  directory: string,
  options: TinyModelOptions = {},
): Promise<void> {
  const { config, tensors = tinyTensors(), numShards = 0 } = options;
  await writeJson(`${directory}/config.json`, { ...TINY_CONFIG, ...config });
  if (options.generationConfig !== undefined) {
    const file = `${directory}/generation_config.json`;
    await writeJson(file, options.generationConfig);
  }
  if (numShards === 0) {
    return await writeSafetensors(`${directory}/model.safetensors`, tensors);
  }
  const weightMap: Record<string, string> = {};
  for (let shard = 0; shard < numShards; shard++) {
    const name = shardName(shard, numShards);
    const own = tensors.filter((_, index) => index % numShards === shard);
    for (const tensor of own) weightMap[tensor.name] = name;
    await writeSafetensors(`${directory}/${name}`, own);
  }
  await writeJson(`${directory}/model.safetensors.index.json`, {
    metadata: { total_size: 0 },
    weight_map: weightMap,
  });
}

/** The name of a shard, counted from 0. */
export function shardName(shard: number, numShards: number): string {
  const number = (value: number): string => String(value).padStart(5, "0");
  return `model-${number(shard + 1)}-of-${number(numShards)}.safetensors`;
}

/** Writes a value as JSON. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  await Deno.writeTextFile(file, JSON.stringify(value));
}

/** Runs a test in a directory of its own, which is removed in the end. */
export async function withDirectory(
  run: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await run(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
