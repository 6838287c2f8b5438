import type { DraftConfig } from "./draft_config.ts";
import type { TensorLookup, WeightEntry } from "./tensor_lookup.ts";

/** Axes that every drafter has; `F` is the width inside its feed-forward network. */
export type DraftAxis = "V" | "D" | "2*D" | "F" | "H*E" | "G*E";

/** Attention of a drafter's layer, which takes `C` columns. */
export interface DraftAttentionTensors {
  /** `[H*E, C]` */
  readonly q: WeightEntry;
  /** `[G*E, C]` */
  readonly k: WeightEntry;
  /** `[G*E, C]` */
  readonly v: WeightEntry;
  /** `[D, H*E]` */
  readonly o: WeightEntry;
  /** `[H*E]`, `[G*E]` and `[G*E]`, when the drafter has them. */
  readonly qkvBiases: Readonly<Record<"q" | "k" | "v", WeightEntry>> | null;
}

/** What EAGLE and both kinds of Jakiro share: all but the feed-forward network. `C` is `D`. */
export interface DraftLayerTensors extends DraftAttentionTensors {
  /** `[D, 2*D]`; the first `D` columns are for the embedding. */
  readonly fc: WeightEntry;
  /** `[D]`, when the drafter has it. */
  readonly fcBias: WeightEntry | null;
  /** `[D]` */
  readonly postAttentionNorm: WeightEntry;
  /** Tensors in the file that the configuration says to leave out: worth a warning. */
  readonly ignored: readonly string[];
}

/** A feed-forward network with a SiLU gate. */
export interface SwigluTensors {
  /** `[F, D]` */
  readonly gate: WeightEntry;
  /** `[F, D]` */
  readonly up: WeightEntry;
  /** `[D, F]` */
  readonly down: WeightEntry;
}

/** Sizes of the axes that every drafter has. */
export function draftSizes(
  config: DraftConfig,
  feedForwardSize: number,
): Readonly<Record<DraftAxis, number>> {
  return {
    V: config.vocabSize,
    D: config.hiddenSize,
    "2*D": 2 * config.hiddenSize,
    F: feedForwardSize,
    "H*E": config.numAttentionHeads * config.headDim,
    "G*E": config.numKeyValueHeads * config.headDim,
  };
}

/** Describes a drafter, for error messages. */
export function drafterText(name: string, config: DraftConfig): string {
  const { bias, qkvBias } = config;
  return `${name} drafter with bias ${bias} and qkv_bias ${qkvBias}`;
}

/**
 * Takes the tensors of a layer that `fc` leads into.
 *
 * @throws {ReferenceError | TypeError | RangeError} One is missing or not what it must be.
 */
export function takeDraftLayer(
  lookup: TensorLookup<DraftAxis>,
  config: DraftConfig,
): DraftLayerTensors {
  const fc = lookup.take("fc.weight", ["D", "2*D"]);
  const biasName = "fc.bias";
  const isIgnored = !config.bias && lookup.has(biasName);
  const fcBias = config.bias || isIgnored ? lookup.take(biasName, ["D"]) : null;
  return {
    fc,
    fcBias: isIgnored ? null : fcBias,
    ...takeAttention(lookup, { layer: "layers.0", columns: "D", config }),
    postAttentionNorm: lookup.take(
      "layers.0.post_attention_layernorm.weight",
      ["D"],
    ),
    ignored: isIgnored ? [biasName] : [],
  };
}

/**
 * Takes the tensors of a layer's attention.
 *
 * @throws {ReferenceError | TypeError | RangeError} One is missing or not what it must be.
 */
export function takeAttention(
  lookup: TensorLookup<DraftAxis>,
  { layer, columns, config }: {
    readonly layer: string;
    readonly columns: DraftAxis;
    readonly config: DraftConfig;
  },
): DraftAttentionTensors {
  const start = `${layer}.self_attn`;
  const bias = (name: string, axis: DraftAxis): WeightEntry =>
    lookup.take(`${start}.${name}.bias`, [axis]);
  return {
    q: lookup.take(`${start}.q_proj.weight`, ["H*E", columns]),
    k: lookup.take(`${start}.k_proj.weight`, ["G*E", columns]),
    v: lookup.take(`${start}.v_proj.weight`, ["G*E", columns]),
    o: lookup.take(`${start}.o_proj.weight`, ["D", "H*E"]),
    qkvBiases: config.qkvBias
      ? {
        q: bias("q_proj", "H*E"),
        k: bias("k_proj", "G*E"),
        v: bias("v_proj", "G*E"),
      }
      : null,
  };
}

/**
 * Takes the tensors of a feed-forward network.
 *
 * @throws {ReferenceError | TypeError | RangeError} One is missing or not what it must be.
 */
export function takeSwiglu(
  lookup: TensorLookup<DraftAxis>,
  network: string,
): SwigluTensors {
  return {
    gate: lookup.take(`${network}.gate_proj.weight`, ["F", "D"]),
    up: lookup.take(`${network}.up_proj.weight`, ["F", "D"]),
    down: lookup.take(`${network}.down_proj.weight`, ["D", "F"]),
  };
}

/**
 * Takes the drafter's own embedding where the file has one, and checks that nothing is left but
 * rotary frequencies and tensors named in `others`.
 *
 * @throws {TypeError | RangeError} The embedding is not what it must be, or there are others.
 */
export function finishDraft(
  lookup: TensorLookup<DraftAxis>,
  others: readonly string[] = [],
): void {
  const name = "embed_tokens.weight";
  if (lookup.has(name)) lookup.take(name, ["V", "D"]);
  lookup.finish((name) =>
    name.endsWith(".rotary_emb.inv_freq") || others.includes(name)
  );
}
