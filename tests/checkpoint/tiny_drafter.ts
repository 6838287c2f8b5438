import {
  type DraftTensors,
  openDraftCheckpoint,
  resolveDraftTensors,
  type TensorToWrite,
  writeSafetensors,
} from "../../src/checkpoint/mod.ts";
import { Random } from "./random.ts";
import { withDirectory, writeJson } from "./tiny_model.ts";
import { torchBytes } from "./torch_writer.ts";

/** Kinds of drafters. */
export type Kind = DraftTensors["kind"];

/** All kinds of drafters. */
export const KINDS: readonly Kind[] = [
  "jakiro",
  "jakiro_star",
  "eagle",
  "eagle3",
];

/** A target: `D` 8, `V` 10, 9 layers. */
export const TARGET = { hiddenSize: 8, vocabSize: 10, numHiddenLayers: 9 };

/** A `config.json`: `D` 8, `H` 4, `G` 2, `E` 4, `V` 10, `Vd` 6. */
export const DRAFT_CONFIG: Readonly<Record<string, unknown>> = {
  vocab_size: 10,
  draft_vocab_size: 6,
  hidden_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 4,
  max_position_embeddings: 64,
  rms_norm_eps: 1e-5,
};

/** The target's ids in a tiny EAGLE-3 drafter. */
export const TARGET_IDS: readonly number[] = [0, 2, 3, 6, 8, 9];

/** A tiny drafter's tensor: `F32` unless said otherwise, of random bytes unless given. */
export type TinyTensor = Partial<Omit<TensorToWrite, "name">>;

/** Tensors by name, in place of a tiny drafter's; `null` leaves one out. */
export type TinyChanges = Readonly<Record<string, TinyTensor | null>>;

type Shapes = Readonly<Record<string, readonly number[]>>;

function attention(layer: string, columns: number): Shapes {
  return {
    [`${layer}.self_attn.q_proj.weight`]: [16, columns],
    [`${layer}.self_attn.k_proj.weight`]: [8, columns],
    [`${layer}.self_attn.v_proj.weight`]: [8, columns],
    [`${layer}.self_attn.o_proj.weight`]: [8, 16],
    [`${layer}.post_attention_layernorm.weight`]: [8],
  };
}

function swiglu(network: string, width: number): Shapes {
  return {
    [`${network}.gate_proj.weight`]: [width, 8],
    [`${network}.up_proj.weight`]: [width, 8],
    [`${network}.down_proj.weight`]: [8, width],
  };
}

/** Names and shapes of a tiny drafter's tensors, written out so that they are no copy of the code. */
export function draftShapes(kind: Kind): Shapes {
  const layer = attention("layers.0", 8);
  const fc = { "fc.weight": [8, 16], "fc.bias": [8] };
  const moe = "layers.0.mlp_moe";
  switch (kind) {
    case "jakiro":
      return {
        ...layer,
        [`${moe}.gate.weight`]: [4, 8],
        ...swiglu(`${moe}.experts.0`, 8),
        ...swiglu(`${moe}.experts.1`, 8),
        ...fc,
      };
    case "jakiro_star":
      return {
        ...layer,
        [`${moe}.gate.weight`]: [2, 8],
        [`${moe}.experts.0.fc.weight`]: [20, 8],
        [`${moe}.experts.0.proj.weight`]: [8, 20],
        [`${moe}.experts.1.fc.weight`]: [20, 8],
        [`${moe}.experts.1.proj.weight`]: [8, 20],
        ...fc,
      };
    case "eagle":
      return { ...layer, ...swiglu("layers.0.mlp", 12), ...fc };
    case "eagle3":
      return {
        "fc.weight": [8, 24],
        "midlayer.hidden_norm.weight": [8],
        "midlayer.input_layernorm.weight": [8],
        ...attention("midlayer", 16),
        ...swiglu("midlayer.mlp", 12),
        "norm.weight": [8],
        "lm_head.weight": [6, 8],
        "d2t": [6],
        "t2d": [10],
      };
  }
}

/** The bytes of `d2t` for these ids of the target. */
export function d2tBytes(
  targetIds: readonly (number | bigint)[],
): Uint8Array<ArrayBuffer> {
  const offsets = targetIds.map((id, draftId) => BigInt(id) - BigInt(draftId));
  return new Uint8Array(BigInt64Array.from(offsets).buffer);
}

/** A tiny drafter's tensors. */
export function draftTensors(
  kind: Kind,
  changes: TinyChanges = {},
): readonly TensorToWrite[] {
  const random = new Random(2);
  const special: Record<string, TinyTensor> = {
    d2t: { dtype: "I64", bytes: d2tBytes(TARGET_IDS) },
    t2d: { dtype: "BOOL", bytes: new Uint8Array(10) },
  };
  const shapes = draftShapes(kind);
  return [...new Set([...Object.keys(shapes), ...Object.keys(changes)])]
    .filter((name) => changes[name] !== null)
    .map((name) => {
      const change = { ...special[name], ...changes[name] };
      const shape = change.shape ?? shapes[name] ?? [];
      const dtype = change.dtype ?? "F32";
      const elementBytes = { F32: 4, F64: 8, I64: 8, BOOL: 1 }[String(dtype)] ??
        2;
      const numBytes = shape.reduce((size, axis) => size * axis, elementBytes);
      const bytes = change.bytes ?? random.bytes(numBytes);
      return { name, dtype, shape, bytes };
    });
}

/** What to write into a tiny drafter's directory. */
export interface TinyDrafterOptions {
  readonly kind: Kind;
  /** Fields to add to `DRAFT_CONFIG`, or to replace; `undefined` leaves one out. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly changes?: TinyChanges;
  /** Writes `pytorch_model.bin` in place of `model.safetensors`. */
  readonly isTorch?: boolean;
}

/** Writes a tiny drafter into a directory. */
export async function writeTinyDrafter(
  directory: string,
  { kind, config, changes, isTorch = false }: TinyDrafterOptions,
): Promise<void> {
  await writeJson(`${directory}/config.json`, { ...DRAFT_CONFIG, ...config });
  const tensors = draftTensors(kind, changes);
  if (isTorch) {
    await Deno.writeFile(`${directory}/pytorch_model.bin`, torchBytes(tensors));
  } else await writeSafetensors(`${directory}/model.safetensors`, tensors);
}

/** Resolves a tiny drafter; its directory is `DIR` in the message of an error. */
export async function resolveTiny(
  options: TinyDrafterOptions,
  target = TARGET,
): Promise<DraftTensors> {
  let tensors: DraftTensors | undefined;
  await withDirectory(async (directory) => {
    await writeTinyDrafter(directory, options);
    using checkpoint = await openDraftCheckpoint(directory);
    try {
      tensors = await resolveDraftTensors(checkpoint, target);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      error.message = error.message.replaceAll(directory, "DIR");
      throw error;
    }
  });
  if (tensors === undefined) throw new Error("there is nothing to resolve");
  return tensors;
}
