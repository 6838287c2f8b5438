/**
 * A Jakiro* drafter's forward pass in f64, straight from its description: no cache, no tiling, a row at a time.
 *
 * Source: arXiv 2502.06282; the reference implementation's `jakiro_star`; rotary angles of Llama.
 *
 * @module
 */

import type { ReferenceTensor } from "./llama.ts";
import { gelu } from "./matmul_gelu.ts";

/** Sizes of a drafter. */
export interface StarConfig {
  readonly numHeads: number;
  readonly numKvHeads: number;
  readonly headDim: number;
  readonly rmsNormEps: number;
  /** Angle per position of each rotated pair. */
  readonly frequencies: ArrayLike<number>;
}

/** One position of a drafter's sequence. */
export interface StarInput {
  /** `[D]`: of the token that follows the position. */
  readonly embedding: readonly number[];
  /** `[D]`: of the position, the target's or the drafter's own. */
  readonly hidden: readonly number[];
}

/** Hidden states of a position. */
export interface StarOutput {
  /** `r + E(n)` of the expert with the larger gate value, the first where they are equal. */
  readonly top: number[];
  /** `r + E(n)` of the other expert. */
  readonly other: number[];
}

/**
 * Computes both hidden states of the last position of a sequence.
 *
 * @param tensors Tensors by their names in a checkpoint.
 * @param config Sizes.
 * @param inputs The positions, from 0 on.
 * @returns The hidden states.
 */
export function jakiroStar(
  tensors: ReadonlyMap<string, ReferenceTensor>,
  config: StarConfig,
  inputs: readonly StarInput[],
): StarOutput {
  const linear = (name: string, x: readonly number[]): number[] =>
    times(tensors, `${name}.weight`, x);
  const bias = tensors.get("fc.bias");
  const stream = inputs.map(({ embedding, hidden }) =>
    linear("fc", [...embedding, ...hidden])
      .map((value, d) => value + (bias?.values[d] ?? 0))
  );
  const attention = "layers.0.self_attn";
  const rotated = (name: string): number[][] =>
    stream.map((x, position) =>
      rotate(linear(`${attention}.${name}`, x), config, position)
    );
  const q = rotated("q_proj").at(-1) ?? [];
  const k = rotated("k_proj");
  const v = stream.map((x) => linear(`${attention}.v_proj`, x));
  const attended = linear(
    `${attention}.o_proj`,
    attend(config, { q, k, v }),
  );
  const residual = add(stream.at(-1) ?? [], attended);
  const norm = tensors.get("layers.0.post_attention_layernorm.weight");
  const mean = residual.reduce((sum, value) => sum + value * value, 0) /
    residual.length;
  const n = residual.map((value, d) =>
    value / Math.sqrt(mean + config.rmsNormEps) * (norm?.values[d] ?? NaN)
  );
  const [first, second] = [0, 1].map((expert) => {
    const name = `layers.0.mlp_moe.experts.${expert}`;
    const act = linear(`${name}.fc`, n).map(gelu);
    return add(residual, linear(`${name}.proj`, act));
  }) as [number[], number[]];
  const [g0 = NaN, g1 = NaN] = linear("layers.0.mlp_moe.gate", n);
  return g1 > g0
    ? { top: second, other: first }
    : { top: first, other: second };
}

/** Multiplies a matrix by a vector. */
export function times(
  tensors: ReadonlyMap<string, ReferenceTensor>,
  name: string,
  x: readonly number[],
): number[] {
  const weight = tensors.get(name);
  if (weight === undefined) throw new ReferenceError(`no tensor ${name}`);
  const [numRows = 0, numCols = 0] = weight.shape;
  return Array.from({ length: numRows }, (_, m) => {
    let sum = 0;
    for (let c = 0; c < numCols; c++) {
      sum += (weight.values[m * numCols + c] ?? NaN) * (x[c] ?? NaN);
    }
    return sum;
  });
}

function rotate(
  x: readonly number[],
  { headDim, frequencies }: StarConfig,
  position: number,
): number[] {
  const half = headDim / 2;
  return x.map((value, index) => {
    const element = index % headDim;
    const angle = position * (frequencies[element % half] ?? NaN);
    const other = element < half
      ? -(x[index + half] ?? NaN)
      : x[index - half] ?? NaN;
    return value * Math.cos(angle) + other * Math.sin(angle);
  });
}

function attend(
  { numHeads, numKvHeads, headDim }: StarConfig,
  { q, k, v }: {
    readonly q: readonly number[];
    readonly k: readonly (readonly number[])[];
    readonly v: readonly (readonly number[])[];
  },
): number[] {
  return Array.from({ length: numHeads }, (_, head) => {
    const first = Math.floor(head * numKvHeads / numHeads) * headDim;
    const query = q.slice(head * headDim, (head + 1) * headDim);
    const scores = k.map((key) =>
      query.reduce((sum, x, e) => sum + x * (key[first + e] ?? NaN), 0) /
      Math.sqrt(headDim)
    );
    const highest = Math.max(...scores);
    const weights = scores.map((score) => Math.exp(score - highest));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return query.map((_, e) =>
      weights.reduce(
        (sum, weight, p) => sum + weight * (v[p]?.[first + e] ?? NaN),
        0,
      ) / total
    );
  }).flat();
}

function add(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, index) => value + (b[index] ?? NaN));
}
