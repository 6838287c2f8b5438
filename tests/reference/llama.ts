/**
 * A Llama's forward pass in f64, straight from its published definition: no cache, no tiling.
 *
 * Source: Touvron et al. 2023 (arXiv 2302.13971); rotate-half rotary embedding as in Hugging Face's code.
 *
 * @module
 */

/** A tensor of numbers, row-major. */
export interface ReferenceTensor {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/** What the definition needs of a configuration. */
export interface ReferenceConfig {
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  readonly numKeyValueHeads: number;
  readonly headDim: number;
  readonly rmsNormEps: number;
}

/**
 * Computes hidden states after the last norm, and logits, at every position.
 *
 * @param tensors Tensors by their Hugging Face names.
 * @param config Sizes.
 * @param args Ids, and the angle per position of each rotated pair.
 * @returns `[T, D]` hidden states, `[T, V]` logits, and the residual stream `[T, D]` at each layer's input.
 */
export function llama(
  tensors: ReadonlyMap<string, ReferenceTensor>,
  config: ReferenceConfig,
  args: {
    readonly ids: readonly number[];
    readonly frequencies: ArrayLike<number>;
  },
): {
  readonly hidden: number[][];
  readonly logits: number[][];
  readonly inputs: number[][][];
} {
  const weight = (name: string): ReferenceTensor => {
    const found = tensors.get(name);
    if (found === undefined) throw new ReferenceError(`no tensor ${name}`);
    return found;
  };
  const embed = weight("model.embed_tokens.weight");
  let stream = args.ids.map((id) => row(embed, id));
  const layerInputs: number[][][] = [];
  for (let layer = 0; layer < config.numHiddenLayers; layer++) {
    layerInputs.push(stream);
    const at = (name: string) => `model.layers.${layer}.${name}`;
    const linear = (name: string, x: readonly number[]): number[] =>
      affine(
        weight(at(`${name}.weight`)),
        tensors.get(at(`${name}.bias`)),
        x,
      );
    const norm = (name: string, x: readonly number[]): number[] =>
      rmsNorm(x, weight(at(`${name}.weight`)), config.rmsNormEps);
    const inputs = stream.map((x) => norm("input_layernorm", x));
    const rotated = (name: string): number[][] =>
      inputs.map((x, position) =>
        rotate(linear(name, x), { ...config, ...args, position })
      );
    const q = rotated("self_attn.q_proj");
    const k = rotated("self_attn.k_proj");
    const v = inputs.map((x) => linear("self_attn.v_proj", x));
    stream = stream.map((x, t) =>
      add(x, linear("self_attn.o_proj", attend(config, { q, k, v, t })))
    );
    stream = stream.map((x) => {
      const n = norm("post_attention_layernorm", x);
      const gate = linear("mlp.gate_proj", n);
      const up = linear("mlp.up_proj", n);
      const act = gate.map((g, f) => g / (1 + Math.exp(-g)) * (up[f] ?? NaN));
      return add(x, linear("mlp.down_proj", act));
    });
  }
  const norm = weight("model.norm.weight");
  const head = tensors.get("lm_head.weight") ?? embed;
  const hidden = stream.map((x) => rmsNorm(x, norm, config.rmsNormEps));
  const logits = hidden.map((x) => affine(head, undefined, x));
  return { hidden, logits, inputs: layerInputs };
}

/** One row of a matrix. */
export function row(tensor: ReferenceTensor, index: number): number[] {
  const size = tensor.shape[1] ?? 0;
  return Array.from(
    { length: size },
    (_, column) => tensor.values[index * size + column] ?? NaN,
  );
}

/** A matrix times a vector, and a bias. */
export function affine(
  weight: ReferenceTensor,
  bias: ReferenceTensor | undefined,
  x: readonly number[],
): number[] {
  const [numRows = 0, numCols = 0] = weight.shape;
  return Array.from({ length: numRows }, (_, m) => {
    let sum = bias === undefined ? 0 : bias.values[m] ?? NaN;
    for (let k = 0; k < numCols; k++) {
      sum += (weight.values[m * numCols + k] ?? NaN) * (x[k] ?? NaN);
    }
    return sum;
  });
}

/** A vector over its root mean square, times a weight. */
export function rmsNorm(
  x: readonly number[],
  weight: ReferenceTensor,
  eps: number,
): number[] {
  const mean = x.reduce((sum, value) => sum + value * value, 0) / x.length;
  return x.map((value, d) =>
    value / Math.sqrt(mean + eps) * (weight.values[d] ?? NaN)
  );
}

/** Heads rotated by their position. */
export function rotate(
  x: readonly number[],
  args: Pick<ReferenceConfig, "headDim"> & {
    readonly position: number;
    readonly frequencies: ArrayLike<number>;
  },
): number[] {
  const half = args.headDim / 2;
  return x.map((value, index) => {
    const element = index % args.headDim;
    const angle = args.position * (args.frequencies[element % half] ?? NaN);
    const other = element < half
      ? -(x[index + half] ?? NaN)
      : x[index - half] ?? NaN;
    return value * Math.cos(angle) + other * Math.sin(angle);
  });
}

function attend(
  config: ReferenceConfig,
  args: {
    readonly q: number[][];
    readonly k: number[][];
    readonly v: number[][];
    readonly t: number;
  },
): number[] {
  const { q, t } = args;
  const [k, v] = [args.k.slice(0, t + 1), args.v.slice(0, t + 1)];
  return attendTo(config, { query: q[t] ?? [], k, v });
}

/** What the heads of a query take from keys and values. */
export function attendTo(
  config: Omit<ReferenceConfig, "numHiddenLayers" | "rmsNormEps">,
  args: {
    readonly query: readonly number[];
    readonly k: readonly (readonly number[])[];
    readonly v: readonly (readonly number[])[];
  },
): number[] {
  const { headDim, numAttentionHeads, numKeyValueHeads } = config;
  const { k, v } = args;
  const out: number[] = [];
  for (let head = 0; head < numAttentionHeads; head++) {
    const first = Math.floor(head / (numAttentionHeads / numKeyValueHeads)) *
      headDim;
    const query = args.query.slice(head * headDim, (head + 1) * headDim);
    const scores = k.map((key) =>
      query.reduce((sum, x, e) => sum + x * (key[first + e] ?? NaN), 0) /
      Math.sqrt(headDim)
    );
    const highest = Math.max(...scores);
    const weights = scores.map((score) => Math.exp(score - highest));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (let e = 0; e < headDim; e++) {
      out.push(
        weights.reduce(
          (sum, weight, p) => sum + weight * (v[p]?.[first + e] ?? NaN),
          0,
        ) / total,
      );
    }
  }
  return out;
}

/** Sum of two vectors. */
export function add(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, index) => value + (b[index] ?? NaN));
}
