import type { Checkpoint } from "./checkpoint.ts";
import type { ModelConfig } from "./config.ts";
import {
  type LayerAxis,
  type LlamaLayerTensors,
  takeLayer,
} from "./llama_layer.ts";
import { TensorLookup, type WeightEntry } from "./tensor_lookup.ts";

/** All tensors of a model. */
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

/**
 * Finds the tensors that a checkpoint's configuration calls for, and checks that there are no
 * others, apart from the rotary frequencies that old files hold.
 *
 * Tied, the embedding may be stored under either name; stored under both, it is the embedding that
 * counts, as in Hugging Face's code.
 *
 * @throws {ReferenceError} A tensor is missing.
 * @throws {TypeError} A tensor's elements are not F32, F16 or BF16.
 * @throws {RangeError} A tensor has another shape, or is none of the model.
 */
export function resolveLlamaTensors(
  checkpoint: Pick<Checkpoint, "config" | "tensors" | "weightsFile">,
): LlamaTensors {
  const { config } = checkpoint;
  const lookup = new TensorLookup<LayerAxis>(checkpoint, {
    model: modelText(config),
    sizes: {
      V: config.vocabSize,
      D: config.hiddenSize,
      E: config.headDim,
      F: config.intermediateSize,
      "2*F": 2 * config.intermediateSize,
      X: config.experts?.numExperts ?? 1,
      "H*E": config.numAttentionHeads * config.headDim,
      "G*E": config.numKeyValueHeads * config.headDim,
      "(H+2*G)*E": (config.numAttentionHeads + 2 * config.numKeyValueHeads) *
        config.headDim,
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
  lookup: TensorLookup<LayerAxis>,
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

function modelText(config: ModelConfig): string {
  const { modelType, numHiddenLayers, attentionBias, mlpBias } = config;
  return `a ${modelType} with num_hidden_layers ${numHiddenLayers}, attention_bias ${attentionBias}, ` +
    `mlp_bias ${mlpBias} and tie_word_embeddings ${config.tieWordEmbeddings}`;
}
