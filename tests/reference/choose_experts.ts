// choice[t] = the CHOSEN experts of largest gate x[t] · w[e], the first of equals, with a softmax over their gates; ascending

import type { Floats } from "./lib/at.ts";
import { dot } from "./lib/dot.ts";
import { readRows } from "./lib/rows.ts";

/** What a row takes of an expert. */
export interface Choice {
  readonly expert: number;
  readonly weight: number;
}

/**
 * CPU twin of `kernels/choose_experts.wgsl`.
 *
 * @param bindings The kernel's bindings, but for what it writes.
 * @param constants The kernel's constants.
 * @returns Choices of each row.
 */
export function chooseExperts(
  bindings: {
    readonly rows: Uint32Array;
    readonly x: Floats;
    readonly w: Floats;
  },
  constants: {
    readonly D: number;
    readonly NUM_EXPERTS: number;
    readonly CHOSEN: number;
  },
): readonly (readonly Choice[])[] {
  const { rows, x, w } = bindings;
  const { D, NUM_EXPERTS, CHOSEN } = constants;
  return readRows(rows).row.map((_, t) => {
    const gates = Array.from(
      { length: NUM_EXPERTS },
      (_, expert) => ({ expert, gate: dot([x, t], [w, expert], D) }),
    );
    const best = gates.toSorted((a, b) => b.gate - a.gate).slice(0, CHOSEN);
    const sum = best.reduce((total, { gate }) => total + Math.exp(gate), 0);
    return best.map(({ expert, gate }) => ({
      expert,
      weight: Math.exp(gate) / sum,
    })).sort((a, b) => a.expert - b.expert);
  });
}
