// top[n] = the tokens of largest logit in the row that chose the token at position n, with the logarithm of softmax

import { at } from "./lib/at.ts";
import { COMMITTED } from "./lib/committed.ts";
import { STATE } from "./lib/state.ts";
import type { Candidate } from "./lib/tree.ts";

/**
 * CPU twin of `kernels/top_log_probs.wgsl`.
 *
 * @param bindings What the kernel reads.
 * @param constants The kernel's constants.
 * @returns The tokens of each position that is written.
 */
export function topLogProbs(
  bindings: {
    readonly state: Uint32Array;
    readonly committed: Uint32Array;
    readonly logits: Float32Array;
  },
  constants: { readonly V: number; readonly TOP: number },
): Map<number, Candidate[]> {
  const { V, TOP } = constants;
  const { committed } = bindings;
  const count = at(committed, COMMITTED.count);
  const root = at(committed, COMMITTED.node);
  const top = new Map<number, Candidate[]>();
  for (let index = 0; index < count; index++) {
    const row = at(committed, COMMITTED.node + index) - root;
    const logits = [...bindings.logits.subarray(row * V, (row + 1) * V)];
    const largest = Math.max(...logits);
    const logSum = Math.log(
      logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0),
    );
    const length = at(bindings.state, STATE.length);
    top.set(
      length - (count - 1 - index),
      logits.map((logit, token) => ({ token, score: logit - largest - logSum }))
        .sort((a, b) => b.score - a.score || a.token - b.token)
        .slice(0, TOP),
    );
  }
  return top;
}
