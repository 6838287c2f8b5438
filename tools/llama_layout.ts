import type {
  ParameterLayout,
  ParameterPart,
  ParameterSpec,
} from "../src/train/parameter_layout.ts";
import type { LlamaShape } from "./llama_shape.ts";

/** Spread of the first values, Hugging Face's `initializer_range`. */
const SPREAD = 0.02;

/**
 * Lists a model's parameters: `embed`, `norm`, and for each layer `i` the keys `i.inputNorm`,
 * `i.qkv`, `i.o`, `i.postNorm`, `i.gateUp` and `i.down`.
 *
 * @param shape The model.
 */
export function llamaLayout(shape: LlamaShape): ParameterLayout {
  const { vocabSize, hiddenSize: D, numHiddenLayers } = shape;
  const layers = Array.from({ length: numHiddenLayers }, (_, layer) => layer);
  return {
    embed: matrix([{
      name: "model.embed_tokens.weight",
      shape: [vocabSize, D],
    }]),
    ...Object.assign({}, ...layers.map((layer) => layerLayout(layer, shape))),
    norm: ones("model.norm.weight", D),
  };
}

function layerLayout(layer: number, shape: LlamaShape): ParameterLayout {
  const { hiddenSize: D, intermediateSize: F, headDim } = shape;
  const queryRows = shape.numAttentionHeads * headDim;
  const keyRows = shape.numKeyValueHeads * headDim;
  const part = (name: string, axes: [number, number]): ParameterPart => ({
    name: `model.layers.${layer}.${name}.weight`,
    shape: axes,
  });
  return {
    [`${layer}.inputNorm`]: ones(
      `model.layers.${layer}.input_layernorm.weight`,
      D,
    ),
    [`${layer}.qkv`]: matrix([
      part("self_attn.q_proj", [queryRows, D]),
      part("self_attn.k_proj", [keyRows, D]),
      part("self_attn.v_proj", [keyRows, D]),
    ]),
    [`${layer}.o`]: matrix([part("self_attn.o_proj", [D, queryRows])]),
    [`${layer}.postNorm`]: ones(
      `model.layers.${layer}.post_attention_layernorm.weight`,
      D,
    ),
    [`${layer}.gateUp`]: matrix([
      part("mlp.gate_proj", [F, D]),
      part("mlp.up_proj", [F, D]),
    ]),
    [`${layer}.down`]: matrix([part("mlp.down_proj", [D, F])]),
  };
}

function matrix(parts: readonly ParameterPart[]): ParameterSpec {
  return { parts, start: { normal: SPREAD } };
}

function ones(name: string, size: number): ParameterSpec {
  return { parts: [{ name, shape: [size] }], start: "ones" };
}
