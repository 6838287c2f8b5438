// candidates[r] = the FANOUT tokens of largest value[v] = 1.25 * logits[r, v] / temperature + noise(seed, n, v), or of the
// largest logit at temperature 0, by value and then by id, with score = log softmax of the values. n is two
// positions behind the row's, and STEP more for a second branch. What is no number, or none that counts, ranks last.

import { at } from "./lib/at.ts";
import { gumbel, hash } from "./choose.ts";
import { readRows } from "./lib/rows.ts";
import { readSampling } from "./lib/sampling.ts";
import { byScore, type Candidate } from "./lib/tree.ts";

/** Score of what ranks last. */
export const LOWEST = Math.fround(-3e38);

/** What the logits are multiplied by beside noise. */
const SHARPNESS = 1.25;

/**
 * CPU twin of `kernels/draft_top.wgsl`.
 *
 * @param bindings The kernel's bindings.
 * @param constants The kernel's constants.
 * @returns For each row all tokens, the best first, in place of `candidates`.
 */
export function draftTop(
  bindings: {
    readonly sampling: Uint32Array<ArrayBuffer>;
    readonly rows: Uint32Array;
    readonly logits: Float32Array;
    readonly tokenIds: Uint32Array | null;
  },
  constants: {
    readonly V: number;
    readonly BRANCHES: number;
    readonly STEP?: number;
  },
): Candidate[][] {
  const { logits, tokenIds } = bindings;
  const { V, BRANCHES, STEP = 1 } = constants;
  const { temperature, seed } = readSampling(bindings.sampling);
  const { firstLogitRow, row } = readRows(bindings.rows);
  const wanted = row.slice(firstLogitRow);
  return Array.from({ length: BRANCHES * wanted.length }, (_, r) => {
    const branch = Math.floor(r / wanted.length);
    const { position } = wanted[r % wanted.length] ?? { position: NaN };
    const values = Array.from({ length: V }, (_, v): Candidate => {
      const logit = at(logits, r * V + v);
      const token = tokenIds === null ? v : at(tokenIds, v);
      const isNumber = Math.abs(logit) < 3e38;
      if (!isNumber) return { token, score: -Infinity };
      if (temperature === 0) return { token, score: logit };
      const noise = gumbel(hash(seed, position + 2 + STEP * branch, token));
      return { token, score: SHARPNESS * logit / temperature + noise };
    }).sort(byScore);
    const largest = values[0]?.score ?? NaN;
    const sum = values.reduce(
      (total, { score }) => total + Math.exp(score - largest),
      0,
    );
    return values.map(({ token, score }) => ({
      token,
      score: score === -Infinity ? LOWEST : score - largest - Math.log(sum),
    }));
  });
}
