/**
 * A drafter's training loss in f64, token by token: no batch, no matrix product, no automatic gradient.
 *
 * Source: arXiv 2502.06282 and its reference implementation, `jakiro/train/main.py`; EAGLE-3
 * (arXiv 2503.01840), section 3.2, for further passes.
 *
 * @module
 */

import {
  add,
  affine,
  attendTo,
  type ReferenceTensor,
  rmsNorm,
  rotate,
  row,
} from "./llama.ts";
import { gelu } from "./matmul_gelu.ts";

type Tensors = ReadonlyMap<string, ReferenceTensor>;

/** Sizes of a drafter. */
export interface DraftTrainingConfig {
  readonly numExperts: number;
  readonly numAttentionHeads: number;
  readonly numKeyValueHeads: number;
  readonly headDim: number;
  readonly rmsNormEps: number;
  /** Angle per position of each rotated pair. */
  readonly frequencies: ArrayLike<number>;
}

/** One sequence. */
export interface DraftTrainingSequence {
  readonly tokenIds: readonly number[];
  /** `[T, D]` */
  readonly hidden: readonly (readonly number[])[];
  readonly lossMask: readonly number[];
}

/** Weights of the terms. */
export interface DraftTrainingRecipe {
  readonly regressionWeight: number;
  readonly crossEntropyWeight: number;
  readonly acceptWeight: number;
  readonly contrastWeight: number;
  readonly decorrelationWeight: number;
  readonly unrollSteps: number;
  readonly unrollDecay: number;
}

/** Terms of one branch, averaged. */
export interface DraftTrainingTerms {
  readonly regression: number;
  readonly crossEntropy: number;
  readonly overlap: number;
  readonly agreement: number;
}

interface Pass {
  readonly mixture: number[][];
  readonly contrast: number[][] | null;
  readonly cosine: number[];
  readonly k: number[][];
  readonly v: number[][];
}

/**
 * Computes the loss of a batch without noise, and the first pass's terms.
 *
 * @param tensors The drafter's by upstream's names, and `embed_tokens.weight` and `lm_head.weight` `[V, D]`.
 * @param config Sizes.
 * @param args The batch and the recipe.
 */
export function draftTraining(
  tensors: Tensors,
  config: DraftTrainingConfig,
  args: {
    readonly sequences: readonly DraftTrainingSequence[];
    readonly recipe: DraftTrainingRecipe;
  },
): {
  readonly loss: number;
  readonly mixture: DraftTrainingTerms;
  readonly contrast: DraftTrainingTerms | null;
} {
  const { sequences, recipe } = args;
  const passes = sequences.map((sequence) =>
    runPasses(tensors, config, { sequence, numPasses: recipe.unrollSteps })
  );
  let loss = 0;
  const first: {
    mixture: DraftTrainingTerms | null;
    contrast: DraftTrainingTerms | null;
  } = { mixture: null, contrast: null };
  for (let pass = 0; pass < recipe.unrollSteps; pass++) {
    const mean = (of: (sequence: number, t: number) => number, ahead: number) =>
      maskedMean(sequences, { of, ahead: pass + ahead });
    const terms = (branch: "mixture" | "contrast", ahead: number) => {
      const each = sequences.map((sequence, s) =>
        compare(tensors, {
          sequence,
          guesses: passes[s]?.[pass]?.[branch] ?? [],
          ahead: pass + ahead,
        })
      );
      const of = (name: keyof DraftTrainingTerms): number =>
        mean((s, t) => each[s]?.[t]?.[name] ?? 0, ahead - 1);
      return {
        regression: of("regression"),
        crossEntropy: of("crossEntropy"),
        overlap: of("overlap"),
        agreement: of("agreement"),
      };
    };
    const weigh = ({ regression, crossEntropy, overlap }: DraftTrainingTerms) =>
      recipe.regressionWeight * regression +
      recipe.crossEntropyWeight * crossEntropy +
      recipe.acceptWeight * (1 - overlap);
    const mixture = terms("mixture", 1);
    first.mixture ??= mixture;
    let own = weigh(mixture);
    if (passes[0]?.[0]?.contrast) {
      const contrast = terms("contrast", 2);
      first.contrast ??= contrast;
      own += recipe.contrastWeight * weigh(contrast);
    }
    if (recipe.decorrelationWeight > 0) {
      own += recipe.decorrelationWeight *
        mean((s, t) => passes[s]?.[pass]?.cosine[t] ?? NaN, 0);
    }
    loss += recipe.unrollDecay ** pass * own;
  }
  const { mixture, contrast } = first;
  if (mixture === null) throw new RangeError("no pass");
  return { loss, mixture, contrast };
}

/**
 * Runs a drafter over a sequence: the target's hidden states first, then its own.
 *
 * @returns What each pass makes of each token.
 */
export function runPasses(
  tensors: Tensors,
  config: DraftTrainingConfig,
  args: {
    readonly sequence: Pick<DraftTrainingSequence, "tokenIds" | "hidden">;
    readonly numPasses: number;
  },
): Pass[] {
  const { sequence: { tokenIds, hidden } } = args;
  const weight = (name: string): ReferenceTensor => {
    const found = tensors.get(`${name}.weight`);
    if (found === undefined) throw new ReferenceError(`no tensor ${name}`);
    return found;
  };
  const attention = "layers.0.self_attn";
  const passes: Pass[] = [];
  for (let pass = 0; pass < args.numPasses; pass++) {
    const states = passes.at(-1)?.mixture ?? hidden;
    const stream = states.map((state, t) => {
      const id = tokenIds[t + 1 + pass] ?? 0;
      const embedding = row(weight("embed_tokens"), id);
      return affine(weight("fc"), tensors.get("fc.bias"), [
        ...embedding,
        ...state,
      ]);
    });
    const project = (name: string, x: readonly number[]): number[] =>
      affine(weight(`${attention}.${name}`), undefined, x);
    const turned = (name: string): number[][] =>
      stream.map((x, t) =>
        rotate(project(name, x), { ...config, position: t + pass })
      );
    const q = turned("q_proj");
    const k = turned("k_proj");
    const v = stream.map((x) => project("v_proj", x));
    const outputs = stream.map((x, t) => {
      const seen = (part: "k" | "v", own: number[][]): number[][] => {
        const [first, ...later] = [...passes.map((p) => p[part]), own];
        return [
          ...(first ?? []).slice(0, t + 1),
          ...later.map((p) => p[t] ?? []),
        ];
      };
      const attended = attendTo(config, {
        query: q[t] ?? [],
        k: seen("k", k),
        v: seen("v", v),
      });
      return feedForward(tensors, config, add(x, project("o_proj", attended)));
    });
    passes.push({
      mixture: outputs.map(({ mixture }) => mixture),
      contrast: outputs[0]?.contrast
        ? outputs.map(({ contrast }) => contrast ?? [])
        : null,
      cosine: outputs.map(({ cosine }) => cosine),
      k,
      v,
    });
  }
  return passes;
}

function feedForward(
  tensors: Tensors,
  config: DraftTrainingConfig,
  residual: readonly number[],
): {
  readonly mixture: number[];
  readonly contrast: number[] | null;
  readonly cosine: number;
} {
  const weight = (name: string): ReferenceTensor | undefined =>
    tensors.get(`layers.0.${name}.weight`);
  const times = (name: string, x: readonly number[]): number[] => {
    const found = weight(name);
    if (found === undefined) throw new ReferenceError(`no tensor ${name}`);
    return affine(found, undefined, x);
  };
  const norm = weight("post_attention_layernorm");
  if (norm === undefined) throw new ReferenceError("no norm");
  const n = rmsNorm(residual, norm, config.rmsNormEps);
  const swiglu = (network: string): number[] => {
    const up = times(`${network}.up_proj`, n);
    const gate = times(`${network}.gate_proj`, n);
    return times(
      `${network}.down_proj`,
      gate.map((g, f) => g / (1 + Math.exp(-g)) * (up[f] ?? NaN)),
    );
  };
  if (weight("mlp.up_proj")) {
    const mixture = add(residual, swiglu("mlp"));
    return { mixture, contrast: null, cosine: NaN };
  }
  const isStar = weight("mlp_moe.experts.0.fc") !== undefined;
  const experts = Array.from({ length: config.numExperts }, (_, expert) => {
    const network = `mlp_moe.experts.${expert}`;
    return isStar
      ? times(`${network}.proj`, times(`${network}.fc`, n).map(gelu))
      : swiglu(network);
  });
  const gates = times("mlp_moe.gate", n);
  const cosine = meanSquaredCosine(experts);
  const ofExperts = gates.slice(0, config.numExperts);
  const order = [...ofExperts.keys()];
  if (config.numExperts > 2) {
    order.sort((a, b) => (gates[b] ?? NaN) - (gates[a] ?? NaN) || a - b);
  }
  const [a = NaN, b = NaN] = order;
  const mix = (ofA: number, ofB: number): number[] =>
    residual.map((value, d) =>
      value + ofA * (experts[a]?.[d] ?? NaN) + ofB * (experts[b]?.[d] ?? NaN)
    );
  const [w0 = NaN, w1 = NaN] = softmax([gates[a] ?? NaN, gates[b] ?? NaN]);
  if (isStar) return { mixture: mix(w0, w1), contrast: null, cosine };
  const [g2 = NaN, g3 = NaN] = gates.slice(config.numExperts);
  const [w2 = NaN, w3 = NaN] = softmax([g2, g3]);
  const sign = g2 > g3 ? 1 : -1;
  return {
    mixture: mix(w0, w1),
    contrast: mix(sign * w2, -sign * w3),
    cosine,
  };
}

function compare(
  tensors: Tensors,
  args: {
    readonly sequence: DraftTrainingSequence;
    readonly guesses: readonly (readonly number[])[];
    readonly ahead: number;
  },
): DraftTrainingTerms[] {
  const { sequence: { hidden }, guesses, ahead } = args;
  const head = tensors.get("lm_head.weight");
  if (head === undefined) throw new ReferenceError("no head");
  return hidden.slice(ahead).map((state, t) => {
    const guess = guesses[t] ?? [];
    const p = softmax(affine(head, undefined, state));
    const q = softmax(affine(head, undefined, guess));
    const distances = guess.map((x, d) => Math.abs(x - (state[d] ?? NaN)));
    return {
      regression: sum(
        distances.map((x) => x < 1 ? x * x / 2 : x - 0.5),
      ) / guess.length,
      crossEntropy: -sum(p.map((share, v) => share * Math.log(q[v] ?? NaN))),
      overlap: sum(p.map((share, v) => Math.min(share, q[v] ?? NaN))),
      agreement: p.indexOf(Math.max(...p)) === q.indexOf(Math.max(...q))
        ? 1
        : 0,
    };
  });
}

/** Over tokens `t` whose mask at `t + ahead` is 1; the last token of a sequence never counts. */
function maskedMean(
  sequences: readonly DraftTrainingSequence[],
  args: {
    readonly of: (sequence: number, t: number) => number;
    readonly ahead: number;
  },
): number {
  let total = 0;
  let count = 0;
  sequences.forEach(({ lossMask }, s) => {
    lossMask.slice(0, -1).slice(args.ahead).forEach((mask, t) => {
      if (mask === 0) return;
      total += args.of(s, t);
      count++;
    });
  });
  return total / (count + 1e-5);
}

function meanSquaredCosine(outputs: readonly (readonly number[])[]): number {
  const dot = (a: readonly number[], b: readonly number[]): number =>
    sum(a.map((x, d) => x * (b[d] ?? NaN)));
  const squares = outputs.flatMap((a, index) =>
    outputs.slice(index + 1).map((b) =>
      dot(a, b) ** 2 / (dot(a, a) * dot(b, b) + 1e-12)
    )
  );
  return sum(squares) / squares.length;
}

function softmax(logits: readonly number[]): number[] {
  const highest = Math.max(...logits);
  const exps = logits.map((x) => Math.exp(x - highest));
  const total = sum(exps);
  return exps.map((x) => x / total);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
