// The candidates of a level join the pool behind those of the levels before, each with the sum of scores from the
// root; the FANOUT best of them, by score and then by index, are the rows of the drafter's next pass: each one
// position and one slot further on the way of the row that proposed it.

import { at } from "./lib/at.ts";
import { readRow, readRows, rowWords } from "./lib/rows.ts";
import { STATE } from "./lib/state.ts";
import {
  byScore,
  NO_PARENT,
  poolWords,
  readCandidates,
  readPool,
} from "./lib/tree.ts";

/**
 * CPU twin of `kernels/draft_expand.wgsl`.
 *
 * @param bindings The kernel's bindings; `rows` and `pool` are written.
 * @param constants The kernel's constants.
 */
export function draftExpand(
  bindings: {
    readonly params: Uint32Array;
    readonly candidates: Uint32Array;
    readonly state: Uint32Array;
    readonly rows: Uint32Array;
    readonly pool: Uint32Array;
  },
  constants: { readonly FANOUT: number; readonly STATIC?: number },
): void {
  const { FANOUT } = constants;
  const { row } = readRows(bindings.rows);
  if (row.length === 0) return;
  const level = at(bindings.params, 0);
  const length = at(bindings.state, STATE.length);
  const { frontier, entry } = readPool(bindings.pool, FANOUT);
  const above = level === 0
    ? [{ score: 0, entry: NO_PARENT, row: row.length - 1 }]
    : frontier.map((expanded, row) => ({ ...expanded, row }));
  const candidates = readCandidates(bindings.candidates);
  const entries = above.flatMap((parent, r) =>
    candidates.slice(r * FANOUT, (r + 1) * FANOUT).map(({ token, score }) => ({
      token,
      score: Math.fround(parent.score + score),
      parent: parent.entry,
      parentRow: parent.row,
    }))
  );
  const first = level === 0 ? 0 : FANOUT + (level - 1) * FANOUT ** 2;
  const indexed = [...entries.entries()];
  // A static tree expands the root's children, or the first row's but the last and the first of the second row.
  const best = constants.STATIC === 1 && level > 0
    ? [...indexed.slice(0, FANOUT - 1), ...indexed.slice(FANOUT, FANOUT + 1)]
    : constants.STATIC === 1
    ? indexed
    : indexed.sort(([, a], [, b]) => byScore(a, b)).slice(0, FANOUT);
  bindings.pool.set(poolWords({
    frontier: best.map(([index, { score, parentRow }]) => ({
      entry: first + index,
      score,
      parentRow,
    })),
    entry: entry.toSpliced(first, entries.length, ...entries),
  }));
  const next = best.map(([, { token, parentRow }], rank) => {
    const slot = length + level * FANOUT + rank;
    return {
      token,
      position: length + level,
      slot,
      base: length,
      hiddenRow: parentRow,
      path: readRow(bindings.rows, parentRow).path.with(level, slot),
    };
  });
  bindings.rows.set(rowWords({ row: next, firstLogitRow: 0 }));
}
