// Weighs the activations of each row's experts, g = gate · x:
//   mixture:      w0 * act of a,  w1 * act of b,       (w0, w1) = softmax(g[a], g[b])
//   contrastive:  s*w2 * act of a, -s*w3 * act of b,   (w2, w3) = softmax(last two of g), s = 1 if g2 > g3 else -1
// a and b are experts 0 and 1, or, of more than two, those of the largest and second largest g; the others get 0.

import { at, type Floats } from "./lib/at.ts";
import { dot } from "./lib/dot.ts";
import { readRows } from "./lib/rows.ts";

/**
 * CPU twin of `kernels/moe_route.wgsl`.
 *
 * @param bindings The kernel's bindings; `out` is written.
 * @param constants The kernel's constants.
 */
export function moeRoute(
  bindings: {
    readonly rows: Uint32Array;
    readonly x: Floats;
    readonly gate: Float32Array;
    readonly act: Floats;
    readonly out: Float64Array;
  },
  constants: {
    readonly D: number;
    readonly F: number;
    readonly NUM_EXPERTS: number;
    readonly BRANCHES: number;
  },
): void {
  const { rows, x, gate, act, out } = bindings;
  const { D, F, NUM_EXPERTS, BRANCHES } = constants;
  const { row } = readRows(rows);
  row.forEach((_, t) => {
    const g = Array.from(
      { length: NUM_EXPERTS + 2 },
      (_, i) => dot([x, t], [gate, i], D),
    );
    const experts = [...g.keys()].slice(0, NUM_EXPERTS);
    const [a = NaN, b = NaN] = NUM_EXPERTS === 2
      ? experts
      : experts.sort((e, f) => at(g, f) - at(g, e));
    const [w0, w1] = softmax(at(g, a), at(g, b));
    const [g2, g3] = [at(g, NUM_EXPERTS), at(g, NUM_EXPERTS + 1)];
    const [w2, w3] = softmax(g2, g3);
    const s = g2 > g3 ? 1 : -1;
    const weights = [[w0, w1], [s * w2, -s * w3]] as const;
    weights.slice(0, BRANCHES).forEach(([ofA, ofB], branch) => {
      for (let i = 0; i < NUM_EXPERTS * F; i++) {
        const expert = Math.floor(i / F);
        const weight = expert === a ? ofA : expert === b ? ofB : 0;
        out[(branch * row.length + t) * NUM_EXPERTS * F + i] = weight *
          at(act, t * NUM_EXPERTS * F + i);
      }
    });
  });
}

function softmax(a: number, b: number): [number, number] {
  const largest = Math.max(a, b);
  const [expA, expB] = [Math.exp(a - largest), Math.exp(b - largest)];
  return [expA / (expA + expB), expB / (expA + expB)];
}
