import type { Checkpoint } from "./checkpoint.ts";
import type { ModelConfig } from "./config.ts";
import { TensorLookup, type WeightEntry } from "./tensor_lookup.ts";

/** Weights and biases of one decoder layer. */
export interface LlamaLayerTensors {
  /** `[D]` */
  readonly inputNorm: WeightEntry;
  /** `[H*E, D]` */
  readonly q: WeightEntry;
  /** `[G*E, D]` */
  readonly k: WeightEntry;
  /** `[G*E, D]` */
  readonly v: WeightEntry;
  /** `[D, H*E]` */
  readonly o: WeightEntry;
  /** `[H*E]`, `[G*E]`, `[G*E]` and `[D]`, when the model has them. */
  readonly attentionBiases:
    | Readonly<Record<"q" | "k" | "v" | "o", WeightEntry>>
    | null;
  /** `[D]` */
  readonly postAttentionNorm: WeightEntry;
  /** `[F, D]` */
  readonly gate: WeightEntry;
  /** `[F, D]` */
  readonly up: WeightEntry;
  /** `[D, F]` */
  readonly down: WeightEntry;
  /** `[F]`, `[F]` and `[D]`, when the model has them. */
  readonly mlpBiases:
    | Readonly<Record<"gate" | "up" | "down", WeightEntry>>
    | null;
}

/** All tensors of a Llama. */
export interface LlamaTensors {
  /** `[V, D]` */
  readonly embedTokens: WeightEntry;
  /** One per decoder layer. */
  readonly layers: readonly LlamaLayerTensors[];
  /** `[D]` */
  readonly norm: WeightEntry;
  /** `[V, D]`; the same entry as `embedTokens` when they are tied. */
  readonly lmHead: WeightEntry;
}

type Axis = "V" | "D" | "F" | "H*E" | "G*E";

/**
 * Finds the tensors that a checkpoint's configuration calls for, and checks that there are no
 * others, apart from the rotary frequencies that old files hold.
 *
 * Tied, the embedding may be stored under either name; stored under both, it is the embedding that
 * counts, as in Hugging Face's code.
 *
 * @throws {ReferenceError} A tensor is missing.
 * @throws {TypeError} A tensor's elements are not F32, F16 or BF16.
 * @throws {RangeError} A tensor has another shape, or is none of a Llama.
 */
export function resolveLlamaTensors(
  checkpoint: Pick<Checkpoint, "config" | "tensors" | "weightsFile">,
): LlamaTensors {
  const { config } = checkpoint;
  const lookup = new TensorLookup<Axis>(checkpoint, {
    model: modelText(config),
    sizes: {
      V: config.vocabSize,
      D: config.hiddenSize,
      F: config.intermediateSize,
      "H*E": config.numAttentionHeads * config.headDim,
      "G*E": config.numKeyValueHeads * config.headDim,
    },
  });
  const layers: LlamaLayerTensors[] = [];
  const heads = takeHeads(lookup, config.tieWordEmbeddings);
  for (let layer = 0; layer < config.numHiddenLayers; layer++) {
    layers.push(takeLayer(lookup, { layer: `model.layers.${layer}`, config }));
  }
  const norm = lookup.take("model.norm.weight", ["D"]);
  lookup.finish((name) => name.endsWith(".rotary_emb.inv_freq"));
  return { ...heads, layers, norm };
}

function takeHeads(
  lookup: TensorLookup<Axis>,
  isTied: boolean,
): Pick<LlamaTensors, "embedTokens" | "lmHead"> {
  const embedName = "model.embed_tokens.weight";
  const headName = "lm_head.weight";
  const hasHead = lookup.has(headName);
  const isHeadOnly = isTied && hasHead && !lookup.has(embedName);
  const embedTokens = lookup.take(isHeadOnly ? headName : embedName, [
    "V",
    "D",
  ]);
  if (isTied && !hasHead) return { embedTokens, lmHead: embedTokens };
  const lmHead = lookup.take(headName, ["V", "D"]);
  return { embedTokens, lmHead: isTied ? embedTokens : lmHead };
}

function takeLayer(
  lookup: TensorLookup<Axis>,
  { layer, config }: { readonly layer: string; readonly config: ModelConfig },
): LlamaLayerTensors {
  const weight = (name: string, ...axes: readonly Axis[]): WeightEntry =>
    lookup.take(`${layer}.${name}.weight`, axes);
  const bias = (name: string, axis: Axis): WeightEntry =>
    lookup.take(`${layer}.${name}.bias`, [axis]);
  return {
    inputNorm: weight("input_layernorm", "D"),
    q: weight("self_attn.q_proj", "H*E", "D"),
    k: weight("self_attn.k_proj", "G*E", "D"),
    v: weight("self_attn.v_proj", "G*E", "D"),
    o: weight("self_attn.o_proj", "D", "H*E"),
    attentionBiases: config.attentionBias
      ? {
        q: bias("self_attn.q_proj", "H*E"),
        k: bias("self_attn.k_proj", "G*E"),
        v: bias("self_attn.v_proj", "G*E"),
        o: bias("self_attn.o_proj", "D"),
      }
      : null,
    postAttentionNorm: weight("post_attention_layernorm", "D"),
    gate: weight("mlp.gate_proj", "F", "D"),
    up: weight("mlp.up_proj", "F", "D"),
    down: weight("mlp.down_proj", "D", "F"),
    mlpBiases: config.mlpBias
      ? {
        gate: bias("mlp.gate_proj", "F"),
        up: bias("mlp.up_proj", "F"),
        down: bias("mlp.down_proj", "D"),
      }
      : null,
  };
}

function modelText(config: ModelConfig): string {
  const { numHiddenLayers, attentionBias, mlpBias, tieWordEmbeddings } = config;
  return `a Llama with num_hidden_layers ${numHiddenLayers}, attention_bias ${attentionBias}, ` +
    `mlp_bias ${mlpBias} and tie_word_embeddings ${tieWordEmbeddings}`;
}
