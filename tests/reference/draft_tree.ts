// The last level's candidates join the pool; the best of the pool, by score and then by index, are the tree's
// nodes, in pool order, behind the root, which is the last token of the sequence. Where the last level comes from
// the contrastive branch, its candidates are those of the row that proposed their parent.

import { at } from "./lib/at.ts";
import { HISTORY_WORDS } from "./lib/history.ts";
import { MAX_PATH, writeRow } from "./lib/rows.ts";
import { STATE, STOP } from "./lib/state.ts";
import {
  byScore,
  NO_PARENT,
  nodeWords,
  type PoolEntry,
  poolWords,
  readCandidates,
  readPool,
} from "./lib/tree.ts";

/**
 * CPU twin of `kernels/draft_tree.wgsl`.
 *
 * @param bindings The kernel's bindings; from `pool` on they are written.
 * @param constants The kernel's constants.
 */
export function draftTree(
  bindings: {
    readonly params: Uint32Array;
    readonly candidates: Uint32Array;
    readonly state: Uint32Array;
    readonly history: Uint32Array;
    readonly pool: Uint32Array;
    readonly rows: Uint32Array;
    readonly nodes: Uint32Array;
  },
  constants: {
    readonly FANOUT: number;
    readonly DEPTH: number;
    readonly FROM_CONTRAST: number;
    /** 1: `params` has a bit for each entry that is kept, behind its first word. */
    readonly STATIC?: number;
  },
): void {
  const { state, history, rows } = bindings;
  const { FANOUT, DEPTH, FROM_CONTRAST } = constants;
  if (at(state, STATE.stop) !== STOP.running || at(rows, 0) === 0) return;
  const length = at(state, STATE.length);
  const candidates = readCandidates(bindings.candidates);
  const { frontier, entry } = readPool(bindings.pool, FANOUT);
  const last = frontier.flatMap((above, r): PoolEntry[] => {
    const row = FROM_CONTRAST === 1 ? FANOUT + above.parentRow : r;
    return candidates.slice(row * FANOUT, (row + 1) * FANOUT)
      .map(({ token, score }) => ({
        token,
        score: Math.fround(above.score + score),
        parent: above.entry,
      }));
  });
  const first = FANOUT + (DEPTH - 1) * FANOUT ** 2;
  const pool = [...entry.slice(0, first), ...last];
  bindings.pool.set(poolWords({ frontier, entry: pool }));
  const ranked = [...pool.entries()].sort(([, a], [, b]) => byScore(a, b));
  const rankOf = new Map(ranked.map(([index], rank) => [index, rank + 1]));
  const kept = ranked
    .filter(([index], rank) =>
      constants.STATIC === 1
        ? (at(bindings.params, 1 + Math.floor(index / 32)) >>> index % 32) % 2
        : rank + 1 < at(bindings.params, 0)
    )
    .map(([index]) => index)
    .sort((a, b) => a - b);
  const nodeOf = (index: number): number => kept.indexOf(index) + 1;
  const pathOf = (index: number): number[] => {
    const found = pool[index];
    if (found === undefined) return [length];
    return [...pathOf(found.parent), length + nodeOf(index)];
  };
  rows.set([kept.length + 1, 0]);
  [NO_PARENT, ...kept].forEach((index, node) => {
    const path = pathOf(index);
    writeRow(rows, node, {
      token: pool[index]?.token ?? at(history, length * HISTORY_WORDS),
      position: length + path.length - 1,
      slot: length + node,
      base: length,
      hiddenRow: node,
      path: node === 0 ? [length, ...new Array(MAX_PATH - 1).fill(0)] : path,
    });
  });
  bindings.nodes.set(nodeWords([
    { parent: NO_PARENT, score: 0, entry: NO_PARENT },
    ...kept.map((index) => {
      const { parent = NO_PARENT, score = 0 } = pool[index] ?? {};
      const rank = rankOf.get(index) ?? 0;
      return { parent: nodeOf(parent), score, entry: index, rank };
    }),
  ]));
}
