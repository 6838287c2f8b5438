/**
 * An EAGLE-3 drafter in f64, straight from its published definition: no cache, no tiling.
 *
 * Source: Li et al. 2025 (arXiv 2503.01840), and its reference implementation's `Model` and `LlamaDecoderLayeremb`.
 *
 * @module
 */

import {
  add,
  affine,
  attendTo,
  type ReferenceConfig,
  type ReferenceTensor,
  rmsNorm,
  rotate,
  row,
} from "./llama.ts";

/** What the definition needs of a configuration. */
export interface Eagle3Config extends Omit<ReferenceConfig, "numHiddenLayers"> {
  readonly normBeforeResidual: boolean;
}

/** One input of the drafter. */
export interface Eagle3Row {
  readonly token: number;
  readonly position: number;
  /** The row before this one whose output it continues, or else a state of the target, as `fc` takes it. */
  readonly continues: number | readonly number[];
  /** Rows that it attends to, besides itself. */
  readonly sees: readonly number[];
}

/**
 * Computes outputs and logits of the drafter's rows, each of which may build on those before it.
 *
 * @param tensors Tensors by their names, the target's `embed_tokens.weight` among them.
 * @param config Sizes.
 * @param args Rows, and the angle per position of each rotated pair.
 * @returns `[T, D]` outputs before the last norm, and `[T, Vd]` logits.
 */
export function eagle3(
  tensors: ReadonlyMap<string, ReferenceTensor>,
  config: Eagle3Config,
  args: {
    readonly rows: readonly Eagle3Row[];
    readonly frequencies: ArrayLike<number>;
  },
): { readonly states: number[][]; readonly logits: number[][] } {
  const { headDim, rmsNormEps } = config;
  const { frequencies } = args;
  const weight = (name: string): ReferenceTensor => {
    const found = tensors.get(`${name}.weight`);
    if (found === undefined) throw new ReferenceError(`no tensor ${name}`);
    return found;
  };
  const layer = (name: string) => weight(`layers.0.${name}`);
  const linear = (name: string, x: readonly number[]): number[] =>
    affine(layer(name), undefined, x);
  const norm = (tensor: ReferenceTensor, x: readonly number[]): number[] =>
    rmsNorm(x, tensor, rmsNormEps);
  const fc = tensors.get("fc.weight");
  const states: number[][] = [];
  const logits: number[][] = [];
  const keys: number[][] = [];
  const values: number[][] = [];
  for (const { token, position, continues, sees } of args.rows) {
    const h = typeof continues === "number"
      ? states[continues] ?? []
      : fc === undefined
      ? continues
      : affine(fc, undefined, continues);
    const normedHidden = norm(layer("hidden_norm"), h);
    const x = [
      ...norm(layer("input_layernorm"), row(weight("embed_tokens"), token)),
      ...normedHidden,
    ];
    const rotated = (name: string): number[] =>
      rotate(linear(name, x), { headDim, position, frequencies });
    keys.push(rotated("self_attn.k_proj"));
    values.push(linear("self_attn.v_proj", x));
    const seen = [...sees, keys.length - 1];
    const attended = attendTo(config, {
      query: rotated("self_attn.q_proj"),
      k: seen.map((index) => keys[index] ?? []),
      v: seen.map((index) => values[index] ?? []),
    });
    const r = add(
      config.normBeforeResidual ? normedHidden : h,
      linear("self_attn.o_proj", attended),
    );
    const n = norm(layer("post_attention_layernorm"), r);
    const up = linear("mlp.up_proj", n);
    const act = linear("mlp.gate_proj", n)
      .map((g, f) => g / (1 + Math.exp(-g)) * (up[f] ?? NaN));
    const y = add(r, linear("mlp.down_proj", act));
    states.push(y);
    logits.push(affine(weight("lm_head"), undefined, norm(weight("norm"), y)));
  }
  return { states, logits };
}
