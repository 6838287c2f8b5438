import type { ConfigFields } from "../config_fields.ts";
import type { RopeConfig } from "../rope_scaling.ts";

/** Function inside a gated feed-forward network, by Hugging Face's name. */
export type Activation = "silu" | "gelu_pytorch_tanh";

/** Feed-forward networks of which each token takes some. */
export interface ExpertsConfig {
  /** `X`, how many there are. */
  readonly numExperts: number;
  /** How many a token takes. */
  readonly numChosen: number;
}

/** What decoder layers of the families differ in; everything else they share. */
export interface FamilyFeatures {
  /** Query, key and value projections have biases. */
  readonly attentionBias: boolean;
  /** The attention's output projection has a bias. */
  readonly outputBias: boolean;
  /** Gate, up and down projections have biases. */
  readonly mlpBias: boolean;
  /** Projections to queries, keys and values are stored as one matrix, as are gate and up. */
  readonly hasFusedTensors: boolean;
  /** What the gate goes through. */
  readonly activation: Activation;
  /** Added to the stored weight of every norm. */
  readonly normOffset: 0 | 1;
  /** Each head of queries and keys is normalised before it is rotated. */
  readonly hasQkNorm: boolean;
  /** The outputs of attention and feed-forward network are normalised before they are added. */
  readonly hasPostNorms: boolean;
  /** Embeddings are multiplied by it on their way into the first layer. */
  readonly embedScale: number;
  /** Products of queries and keys are multiplied by it. */
  readonly attentionScale: number;
  /** `c` of `c * tanh(x / c)`, which attention's scores go through, or null. */
  readonly attentionSoftCap: number | null;
  /** `c` of `c * tanh(x / c)`, which logits go through, or null. */
  readonly finalSoftCap: number | null;
  /** Most positions that each layer attends to, a row's own included; null: all before it. */
  readonly layerWindows: readonly (number | null)[];
  /** The rotation of layers with a window, where it is another than the others'. */
  readonly localRope: RopeConfig | null;
  /** A token's choice of feed-forward networks, or null where there is one. */
  readonly experts: ExpertsConfig | null;
}

/** Sizes that a family's features follow from. */
export interface FamilySizes {
  /** `D` */
  readonly hiddenSize: number;
  /** `E` */
  readonly headDim: number;
  /** Number of decoder layers. */
  readonly numHiddenLayers: number;
}

/** A family of models: how its files name it, and what sets it apart from a Llama. */
export interface Family {
  /** Its `model_type`. */
  readonly modelType: string;
  /** Its entry of `architectures`. */
  readonly architecture: string;
  /** Fields that must be there, as what stands for them is not what a Llama has. */
  readonly required: readonly string[];
  /** Whether the head is the embedding where the file does not say. */
  readonly isTied: boolean;
  /** The only activation that it has. */
  readonly activation: Activation;
  /** Reads its rotation. */
  readonly readRope: (fields: ConfigFields) => RopeConfig;
  /** Reads its differences. */
  readonly readFeatures: (
    fields: ConfigFields,
    sizes: FamilySizes,
  ) => Partial<FamilyFeatures>;
}

/**
 * Fills in what a family has in common with a Llama without biases.
 *
 * @param sizes Sizes of the model.
 * @param differences What the family has of its own.
 * @returns All features.
 */
export function completeFeatures(
  sizes: FamilySizes,
  differences: Partial<FamilyFeatures>,
): FamilyFeatures {
  return {
    attentionBias: false,
    outputBias: false,
    mlpBias: false,
    hasFusedTensors: false,
    activation: "silu",
    normOffset: 0,
    hasQkNorm: false,
    hasPostNorms: false,
    embedScale: 1,
    attentionScale: 1 / Math.sqrt(sizes.headDim),
    attentionSoftCap: null,
    finalSoftCap: null,
    layerWindows: new Array(sizes.numHiddenLayers).fill(null),
    localRope: null,
    experts: null,
    ...differences,
  };
}
