// out[b * T + t, m] = residual[t, m] + sum over k of weight(t, b, expert of k) * x[t, k] * w[m, k], for branches b

import { at, type Floats } from "./lib/at.ts";
import { dot } from "./lib/dot.ts";
import { readRows } from "./lib/rows.ts";

/** How experts are weighed: `ROUTING` of the kernel. */
export const ROUTING = { none: 0, mixture: 1, star: 2 } as const;

/**
 * CPU twin of `kernels/matmul_hidden.wgsl`.
 *
 * @param bindings The kernel's bindings, `w` unpacked: `[M, K]`; `out` is written.
 * @param constants The kernel's constants.
 */
export function matmulHidden(
  bindings: {
    readonly rows: Uint32Array;
    readonly x: Floats;
    readonly w: Floats;
    readonly gates: Floats;
    readonly residual: Float32Array;
    readonly out: Float64Array;
  },
  constants: {
    readonly K: number;
    readonly M: number;
    readonly BRANCHES: number;
    readonly ROUTING: number;
    readonly NUM_EXPERTS: number;
    readonly GATE_STRIDE: number;
  },
): void {
  const { rows, x, w, gates, residual, out } = bindings;
  const { K, M, BRANCHES, NUM_EXPERTS, GATE_STRIDE } = constants;
  const T = readRows(rows).row.length;
  for (let t = 0; t < T; t++) {
    const g = [...gates.slice(t * GATE_STRIDE, (t + 1) * GATE_STRIDE)];
    const branches = constants.ROUTING === ROUTING.none
      ? [[1]]
      : constants.ROUTING === ROUTING.star
      ? starWeights(g)
      : expertWeights(g, NUM_EXPERTS);
    branches.slice(0, BRANCHES).forEach((weights, b) => {
      const weighed = Float64Array.from(
        { length: K },
        (_, k) =>
          at(weights, Math.floor(k * NUM_EXPERTS / K)) * at(x, t * K + k),
      );
      for (let m = 0; m < M; m++) {
        out[(b * T + t) * M + m] = at(residual, t * M + m) +
          dot([weighed, 0], [w, m], K);
      }
    });
  }
}

/**
 * Weighs experts for the mixture branch and the contrastive one:
 *
 *     mixture:      w0 of a, w1 of b,         (w0, w1) = softmax(g[a], g[b])
 *     contrastive:  s*w2 of a, -s*w3 of b,    (w2, w3) = softmax(last two of g), s = 1 if g2 > g3 else -1
 *
 * a and b are experts 0 and 1, or, of more than two, those of the largest and second largest g; the others get 0.
 *
 * @param g Values of the gate, and of padding behind them.
 * @param numExperts How many experts.
 * @returns Weights of each expert, by branch.
 */
function expertWeights(g: readonly number[], numExperts: number): number[][] {
  const experts = [...g.keys()].slice(0, numExperts);
  const [a = NaN, b = NaN] = numExperts === 2
    ? experts
    : [...experts].sort((e, f) => at(g, f) - at(g, e));
  const [w0, w1] = softmax(at(g, a), at(g, b));
  const [g2, g3] = [at(g, numExperts), at(g, numExperts + 1)];
  const [w2, w3] = softmax(g2, g3);
  const s = g2 > g3 ? 1 : -1;
  return [[w0, w1], [s * w2, -s * w3]].map(([ofA = NaN, ofB = NaN]) =>
    experts.map((expert) => expert === a ? ofA : expert === b ? ofB : 0)
  );
}

/** Gives the expert of the larger value to the first branch, 0 where they are equal, and the other to the second. */
function starWeights(
  [first = NaN, second = NaN]: readonly number[],
): number[][] {
  const [top, other] = [[1, 0], [0, 1]];
  return second > first ? [other, top] : [top, other];
}

function softmax(a: number, b: number): [number, number] {
  const largest = Math.max(a, b);
  const [expA, expB] = [Math.exp(a - largest), Math.exp(b - largest)];
  return [expA / (expA + expB), expB / (expA + expB)];
}
