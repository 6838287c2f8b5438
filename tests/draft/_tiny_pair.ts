import { d2tBytes } from "../checkpoint/tiny_drafter.ts";
import type { DrafterKind } from "../../src/draft/mod.ts";
import type { ReferenceTensor } from "../reference/llama.ts";
import {
  type TensorToWrite,
  writeSafetensors,
} from "../../src/checkpoint/mod.ts";

const D = 16;

/** Sizes of a tiny target: an EAGLE-3 drafter taps three layers, and its head has 16 tokens at least. */
export function tinySizes(
  kind: DrafterKind,
): { readonly vocabSize: number; readonly numLayers: number } {
  return kind === "eagle3"
    ? { vocabSize: 16, numLayers: 3 }
    : { vocabSize: 4, numLayers: 1 };
}

/**
 * Writes a target of random weights, and in its folder `drafter` a drafter of random weights for it.
 *
 * @param directory An empty directory.
 * @param kind What drafts.
 * @returns The target's tensors by name.
 */
export async function writeTinyPair(
  directory: string,
  kind: DrafterKind,
): Promise<ReadonlyMap<string, ReferenceTensor>> {
  const { vocabSize: V, numLayers } = tinySizes(kind);
  const tensors = new Map<string, ReferenceTensor>();
  const config = {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    hidden_act: "silu",
    vocab_size: V,
    hidden_size: D,
    intermediate_size: D,
    num_attention_heads: 4,
    num_key_value_heads: 4,
    max_position_embeddings: 16,
    rms_norm_eps: 1e-5,
    tie_word_embeddings: true,
  };
  const write = async (
    folder: string,
    more: Readonly<Record<string, unknown>>,
    list: readonly TensorToWrite[],
  ): Promise<void> => {
    const json = JSON.stringify({ ...config, ...more });
    await Deno.writeTextFile(`${folder}/config.json`, json);
    await writeSafetensors(`${folder}/model.safetensors`, list);
  };
  const make = tensorMaker(tensors);
  await write(directory, { num_hidden_layers: numLayers }, [
    make("model.embed_tokens.weight", V, D),
    make("model.norm.weight", D),
    ...Array.from({ length: numLayers }, (_, index) => {
      const layer = `model.layers.${index}`;
      return [
        make(`${layer}.input_layernorm.weight`, D),
        make(`${layer}.post_attention_layernorm.weight`, D),
        ...attention(make, layer, D),
        ...swiglu(make, `${layer}.mlp`),
      ];
    }).flat(),
  ]);
  const folder = `${directory}/drafter`;
  await Deno.mkdir(folder);
  const more = kind === "eagle3"
    ? { draft_vocab_size: V, eagle_aux_hidden_state_layer_ids: [0, 1, 2] }
    : {};
  const list = drafter(tensorMaker(new Map()), kind);
  await write(folder, { num_hidden_layers: 1, ...more }, list);
  return tensors;
}

type MakeTensor = (name: string, ...shape: number[]) => TensorToWrite;

/** Gives random tensors, and keeps them. */
function tensorMaker(tensors: Map<string, ReferenceTensor>): MakeTensor {
  let state = 3;
  return (name, ...shape) => {
    const count = shape.reduce((product, size) => product * size, 1);
    const values = Float32Array.from({ length: count }, () => {
      state = Math.imul(state, 1664525) + 1013904223 >>> 0;
      const value = state / 2 ** 32 - 0.5;
      return shape.length === 1 ? 1 + value : value;
    });
    tensors.set(name, { shape, values });
    return { name, dtype: "F32", shape, bytes: new Uint8Array(values.buffer) };
  };
}

function attention(
  make: MakeTensor,
  layer: string,
  numCols: number,
): TensorToWrite[] {
  return [
    ...["q", "k", "v"].map((name) =>
      make(`${layer}.self_attn.${name}_proj.weight`, D, numCols)
    ),
    make(`${layer}.self_attn.o_proj.weight`, D, D),
  ];
}

function swiglu(make: MakeTensor, name: string): TensorToWrite[] {
  return ["gate", "up", "down"].map((part) =>
    make(`${name}.${part}_proj.weight`, D, D)
  );
}

function drafter(make: MakeTensor, kind: DrafterKind): TensorToWrite[] {
  const layer = "layers.0";
  const moe = `${layer}.mlp_moe`;
  if (kind === "eagle3") {
    const { vocabSize: V } = tinySizes(kind);
    // Its own order of the target's ids.
    const ids = Array.from({ length: V }, (_, id) => (5 * id + 3) % V);
    return [
      make("fc.weight", D, 3 * D),
      make(`${layer}.hidden_norm.weight`, D),
      make(`${layer}.input_layernorm.weight`, D),
      make(`${layer}.post_attention_layernorm.weight`, D),
      ...attention(make, layer, 2 * D),
      ...swiglu(make, `${layer}.mlp`),
      make("norm.weight", D),
      make("lm_head.weight", V, D),
      { name: "d2t", dtype: "I64", shape: [V], bytes: d2tBytes(ids) },
    ];
  }
  return [
    make("fc.weight", D, 2 * D),
    make("fc.bias", D),
    ...attention(make, layer, D),
    make(`${layer}.post_attention_layernorm.weight`, D),
    ...{
      eagle: () => swiglu(make, `${layer}.mlp`),
      jakiro: () => [
        make(`${moe}.gate.weight`, 4, D),
        ...swiglu(make, `${moe}.experts.0`),
        ...swiglu(make, `${moe}.experts.1`),
      ],
      jakiro_star: () => [
        make(`${moe}.gate.weight`, 2, D),
        ...[0, 1].flatMap((expert) => [
          make(`${moe}.experts.${expert}.fc.weight`, D, D),
          make(`${moe}.experts.${expert}.proj.weight`, D, D),
        ]),
      ],
    }[kind](),
  ];
}
