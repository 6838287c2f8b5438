// The candidates of a row's two lists, the second branch's behind its own, without those whose token stands better
// elsewhere: the FANOUT best of them, by score and then by place, and which list each is from. A list that holds a
// token twice leaves too few where it is broken: then repeated ones follow, with the lowest score.

import { at } from "./lib/at.ts";
import { LOWEST } from "./draft_top.ts";
import { readRows } from "./lib/rows.ts";
import { byScore, candidateWords, readCandidates } from "./lib/tree.ts";

/**
 * CPU twin of `kernels/draft_merge.wgsl`.
 *
 * @param bindings The kernel's bindings; `candidates` and `branches` are written.
 * @param constants The kernel's constants.
 */
export function draftMerge(
  bindings: {
    readonly params: Uint32Array;
    readonly rows: Uint32Array;
    readonly lists: Uint32Array;
    readonly candidates: Uint32Array;
    readonly branches: Uint32Array;
  },
  constants: { readonly FANOUT: number },
): void {
  const { FANOUT } = constants;
  const { firstLogitRow, row } = readRows(bindings.rows);
  const level = at(bindings.params, 0);
  const first = level === 0 ? 0 : FANOUT + (level - 1) * FANOUT ** 2;
  const lists = readCandidates(bindings.lists);
  const numRows = row.length - firstLogitRow;
  for (let r = 0; r < numRows; r++) {
    const both = [r, numRows + r].flatMap((list, branch) =>
      lists.slice(list * FANOUT, (list + 1) * FANOUT)
        .map((candidate) => ({ ...candidate, branch }))
    );
    const ranked = both.toSorted(byScore);
    const isRepeated = (entry: typeof both[number]): boolean =>
      ranked.find(({ token }) => token === entry.token) !== entry;
    const best = both
      .map((entry) => isRepeated(entry) ? { ...entry, score: LOWEST } : entry)
      .sort(byScore)
      .slice(0, FANOUT);
    bindings.candidates.set(candidateWords(best), r * FANOUT * 2);
    bindings.branches.set(
      best.map(({ branch }) => branch),
      first + r * FANOUT,
    );
  }
}
