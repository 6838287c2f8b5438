import type { ModelConfig } from "./config.ts";
import {
  sliceRows,
  type TensorLookup,
  type WeightEntry,
} from "./tensor_lookup.ts";

/** Weights of a gated feed-forward network. */
export interface NetworkTensors {
  /** `[F, D]` */
  readonly gate: WeightEntry;
  /** `[F, D]` */
  readonly up: WeightEntry;
  /** `[D, F]` */
  readonly down: WeightEntry;
}

/** Weights and biases of one decoder layer. */
export interface LlamaLayerTensors {
  /** `[D]`: before attention. */
  readonly inputNorm: WeightEntry;
  /** `[H*E, D]` */
  readonly q: WeightEntry;
  /** `[G*E, D]` */
  readonly k: WeightEntry;
  /** `[G*E, D]` */
  readonly v: WeightEntry;
  /** `[D, H*E]` */
  readonly o: WeightEntry;
  /** `[H*E]`, `[G*E]` and `[G*E]`, when the model has them. */
  readonly qkvBiases: Readonly<Record<"q" | "k" | "v", WeightEntry>> | null;
  /** `[D]`, when the model has it. */
  readonly oBias: WeightEntry | null;
  /** `[E]` each: of query and key heads, when the model has them. */
  readonly headNorms: Readonly<Record<"q" | "k", WeightEntry>> | null;
  /** `[D]`: before the feed-forward network. */
  readonly feedForwardNorm: WeightEntry;
  /** `[D]` each: of the outputs of attention and feed-forward network, when the model has them. */
  readonly outputNorms:
    | Readonly<Record<"attention" | "feedForward", WeightEntry>>
    | null;
  /** `[X, D]`: the gates by which a token chooses networks, when there are several. */
  readonly router: WeightEntry | null;
  /** One, or `X` that tokens choose from. */
  readonly networks: readonly NetworkTensors[];
  /** `[F]`, `[F]` and `[D]`, when the model has them. */
  readonly mlpBiases:
    | Readonly<Record<"gate" | "up" | "down", WeightEntry>>
    | null;
}

/** Axes of a model's tensors. */
export type LayerAxis =
  | "V"
  | "D"
  | "E"
  | "F"
  | "X"
  | "2*F"
  | "H*E"
  | "G*E"
  | "(H+2*G)*E";

/** Takes tensors of a layer by what follows its name. */
interface LayerLookup {
  readonly config: ModelConfig;
  readonly weight: (name: string, ...axes: readonly LayerAxis[]) => WeightEntry;
  readonly bias: (name: string, axis: LayerAxis) => WeightEntry;
}

/**
 * Takes the tensors of a decoder layer that a configuration calls for.
 *
 * @param lookup Where they are.
 * @param options The layer's name, and the configuration.
 * @throws {ReferenceError | TypeError | RangeError} One is missing, or is not as it must be.
 */
export function takeLayer(
  lookup: TensorLookup<LayerAxis>,
  { layer, config }: { readonly layer: string; readonly config: ModelConfig },
): LlamaLayerTensors {
  const tensors: LayerLookup = {
    config,
    weight: (name, ...axes) => lookup.take(`${layer}.${name}.weight`, axes),
    bias: (name, axis) => lookup.take(`${layer}.${name}.bias`, [axis]),
  };
  return {
    ...takeNorms(tensors),
    ...takeAttention(tensors),
    ...takeFeedForward(tensors),
  };
}

function takeNorms(
  { config, weight }: LayerLookup,
): Pick<
  LlamaLayerTensors,
  "inputNorm" | "headNorms" | "feedForwardNorm" | "outputNorms"
> {
  const inputNorm = weight("input_layernorm", "D");
  const afterAttention = weight("post_attention_layernorm", "D");
  return {
    inputNorm,
    headNorms: config.hasQkNorm
      ? {
        q: weight("self_attn.q_norm", "E"),
        k: weight("self_attn.k_norm", "E"),
      }
      : null,
    // Where outputs are normalised too, the name is theirs.
    feedForwardNorm: config.hasPostNorms
      ? weight("pre_feedforward_layernorm", "D")
      : afterAttention,
    outputNorms: config.hasPostNorms
      ? {
        attention: afterAttention,
        feedForward: weight("post_feedforward_layernorm", "D"),
      }
      : null,
  };
}

function takeAttention(
  { config, weight, bias }: LayerLookup,
): Pick<LlamaLayerTensors, "q" | "k" | "v" | "o" | "qkvBiases" | "oBias"> {
  const attention = config.hasFusedTensors
    ? takeFused(config, weight("self_attn.qkv_proj", "(H+2*G)*E", "D"))
    : {
      q: weight("self_attn.q_proj", "H*E", "D"),
      k: weight("self_attn.k_proj", "G*E", "D"),
      v: weight("self_attn.v_proj", "G*E", "D"),
    };
  return {
    ...attention,
    o: weight("self_attn.o_proj", "D", "H*E"),
    qkvBiases: config.attentionBias
      ? {
        q: bias("self_attn.q_proj", "H*E"),
        k: bias("self_attn.k_proj", "G*E"),
        v: bias("self_attn.v_proj", "G*E"),
      }
      : null,
    oBias: config.outputBias ? bias("self_attn.o_proj", "D") : null,
  };
}

/** Cuts the projections apart that share a tensor. */
function takeFused(
  { numAttentionHeads, numKeyValueHeads, headDim }: ModelConfig,
  qkv: WeightEntry,
): Pick<LlamaLayerTensors, "q" | "k" | "v"> {
  const first = numAttentionHeads * headDim;
  const count = numKeyValueHeads * headDim;
  return {
    q: sliceRows(qkv, { first: 0, count: first }),
    k: sliceRows(qkv, { first, count }),
    v: sliceRows(qkv, { first: first + count, count }),
  };
}

function takeFeedForward(
  { config, weight, bias }: LayerLookup,
): Pick<LlamaLayerTensors, "router" | "networks" | "mlpBiases"> {
  if (config.experts !== null) {
    const moe = "block_sparse_moe";
    return {
      router: weight(`${moe}.gate`, "X", "D"),
      networks: Array.from(
        { length: config.experts.numExperts },
        (_, index) => {
          const expert = `${moe}.experts.${index}`;
          return {
            gate: weight(`${expert}.w1`, "F", "D"),
            up: weight(`${expert}.w3`, "F", "D"),
            down: weight(`${expert}.w2`, "D", "F"),
          };
        },
      ),
      mlpBiases: null,
    };
  }
  if (config.hasFusedTensors) {
    const gateUp = weight("mlp.gate_up_proj", "2*F", "D");
    const count = config.intermediateSize;
    const gate = sliceRows(gateUp, { first: 0, count });
    const up = sliceRows(gateUp, { first: count, count });
    const down = weight("mlp.down_proj", "D", "F");
    return { router: null, networks: [{ gate, up, down }], mlpBiases: null };
  }
  const gate = weight("mlp.gate_proj", "F", "D");
  const up = weight("mlp.up_proj", "F", "D");
  const down = weight("mlp.down_proj", "D", "F");
  return {
    router: null,
    networks: [{ gate, up, down }],
    mlpBiases: config.mlpBias
      ? {
        gate: bias("mlp.gate_proj", "F"),
        up: bias("mlp.up_proj", "F"),
        down: bias("mlp.down_proj", "D"),
      }
      : null,
  };
}

/**
 * Lists the tensors of a layer.
 *
 * @param layer The layer.
 * @returns Entries, each once.
 */
export function listWeights(layer: LlamaLayerTensors): readonly WeightEntry[] {
  const { qkvBiases, headNorms, outputNorms, networks, mlpBiases, ...others } =
    layer;
  return [
    ...Object.values(others),
    ...[qkvBiases, headNorms, outputNorms, mlpBiases, ...networks]
      .flatMap((group) => Object.values(group ?? {})),
  ].filter((entry) => entry !== null);
}
