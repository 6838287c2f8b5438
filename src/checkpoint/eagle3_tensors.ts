import type { ModelConfig } from "./config.ts";
import { ConfigFields } from "./config_fields.ts";
import type { DraftCheckpoint } from "./draft_checkpoint.ts";
import {
  type DraftAttentionTensors,
  type DraftAxis,
  draftSizes,
  finishDraft,
  type SwigluTensors,
  takeAttention,
  takeSwiglu,
} from "./draft_layer.ts";
import { quote } from "./quote.ts";
import { readRows } from "./read_rows.ts";
import { readTargetIds } from "./target_ids.ts";
import { TensorLookup, type WeightEntry } from "./tensor_lookup.ts";

/** All tensors of an EAGLE-3 drafter; its attention takes `2*D` columns, embedding first. */
export interface Eagle3Tensors extends DraftAttentionTensors, SwigluTensors {
  /** Tells it from other drafters. */
  readonly kind: "eagle3";
  /** `[D, 3*Dt]` with the target's width `Dt`; `null` when it takes the target's last state. */
  readonly fc: WeightEntry | null;
  /** Target layers whose inputs `fc` joins, increasing; empty without `fc`. */
  readonly tapLayerIds: readonly number[];
  /** `[V, D]` when `D` is not the target's; else `null`, and the target's is used. */
  readonly embedTokens: WeightEntry | null;
  /** `[D]`, for the embedding. */
  readonly inputNorm: WeightEntry;
  /** `[D]`, for the hidden state. */
  readonly hiddenNorm: WeightEntry;
  /** `[D]` */
  readonly postAttentionNorm: WeightEntry;
  /** `[D]` */
  readonly norm: WeightEntry;
  /** `[Vd, D]` with the drafter's vocabulary `Vd`. */
  readonly lmHead: WeightEntry;
  /** `[Vd]`, the target's id for each of the drafter's; `null` when they are the same. */
  readonly targetIds: Uint32Array<ArrayBuffer> | null;
  /** Tensors in the file that the configuration says to leave out: none. */
  readonly ignored: readonly string[];
}

type TapTarget = Pick<ModelConfig, "hiddenSize" | "numHiddenLayers">;
type Axis = DraftAxis | "3*Dt" | "Vd";

const HEAD = "lm_head.weight";
const NUM_TAPS = 3;

/**
 * Finds the tensors of an EAGLE-3 drafter, and checks that there are no others.
 *
 * Source: arXiv 2503.01840.
 *
 * @throws {ReferenceError} A tensor is missing.
 * @throws {TypeError} A tensor's elements are not of the right type.
 * @throws {RangeError} A tensor has another shape, or is none of an EAGLE-3 drafter.
 */
export async function resolveEagle3Tensors(
  checkpoint: DraftCheckpoint,
  target: TapTarget,
): Promise<Eagle3Tensors> {
  const { config, tensors } = checkpoint;
  const isRenamed = !tensors.keys().some((name) => name.startsWith("midlayer"));
  const layer = isRenamed ? "layers.0" : "midlayer";
  const width = readRows(checkpoint, `${layer}.mlp.gate_proj.weight`, {
    axes: ["F", "D"],
    min: 1,
  });
  const draftVocabSize = config.draftVocabSize ??
    readRows(checkpoint, HEAD, { axes: ["Vd", "D"], min: 1 });
  const lookup = new TensorLookup<Axis>(checkpoint, {
    model: `an EAGLE-3 drafter with qkv_bias ${config.qkvBias}`,
    sizes: {
      ...draftSizes(config, width),
      "3*Dt": NUM_TAPS * target.hiddenSize,
      Vd: draftVocabSize,
    },
  });
  const norm = (name: string): WeightEntry =>
    lookup.take(`${name}.weight`, ["D"]);
  const found = {
    fc: config.hasTaps ? lookup.take("fc.weight", ["D", "3*Dt"]) : null,
    tapLayerIds: findTaps(checkpoint, target),
    embedTokens: config.hiddenSize === target.hiddenSize
      ? null
      : lookup.take("embed_tokens.weight", ["V", "D"]),
    inputNorm: norm(`${layer}.input_layernorm`),
    hiddenNorm: norm(`${layer}.hidden_norm`),
    ...takeAttention(lookup, { layer, columns: "2*D", config }),
    postAttentionNorm: norm(`${layer}.post_attention_layernorm`),
    ...takeSwiglu(lookup, `${layer}.mlp`),
    norm: norm("norm"),
    lmHead: lookup.take(HEAD, ["Vd", "D"]),
  };
  finishDraft(lookup, ["d2t", "t2d"]);
  const targetIds = await readTargetIds(checkpoint, draftVocabSize);
  return { kind: "eagle3", ...found, targetIds, ignored: [] };
}

/** Layers that a configuration names, or else EAGLE-3's: low, middle and high. */
function findTaps(
  { config, configJson, directory }: DraftCheckpoint,
  { hiddenSize, numHiddenLayers }: TapTarget,
): readonly number[] {
  const file = `${directory}/config.json`;
  if (!config.hasTaps) {
    if (config.hiddenSize === hiddenSize) return [];
    new ConfigFields(configJson, { file }).failRange(
      "hidden_size",
      `the target's, ${hiddenSize}, without "use_aux_hidden_state"`,
    );
  }
  const ids = config.tapLayerIds ??
    [2, Math.floor(numHiddenLayers / 2), numHiddenLayers - 3];
  const isRight = ids.length === NUM_TAPS &&
    ids.every((id, tap) => id > (ids[tap - 1] ?? -1) && id < numHiddenLayers);
  if (isRight) return ids;
  throw new RangeError(
    `Cannot load ${
      quote(file)
    } as it must take the inputs of ${NUM_TAPS} of the target's ${numHiddenLayers} layers, in order: found [${
      ids.slice(0, 8).join(", ")
    }]`,
  );
}
