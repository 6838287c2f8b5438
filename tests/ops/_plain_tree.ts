import { byScore, type Candidate } from "../reference/lib/tree.ts";
import type { Random } from "./_random.ts";

/** Candidates of each level, by row of the drafter's pass. */
export type Levels = readonly (readonly (readonly Candidate[])[])[];

/** A drafted token. */
export interface Drafted {
  readonly token: number;
  /** Sum of log probabilities from the root. */
  readonly score: number;
  /** What it follows; null: the root. */
  readonly parent: Drafted | null;
  /** Levels below the root. */
  readonly depth: number;
  /** Row of the drafter's pass that proposed it. */
  readonly row: number;
}

/** Shape of a tree. */
export interface TreeShape {
  /** Candidates per node, and nodes expanded per level. */
  readonly fanout: number;
  /** Levels before the last. */
  readonly depth: number;
  /** Most nodes, root included. */
  readonly numNodes: number;
  /** Whether the last level's candidates are the contrastive branch's, whose rows lie behind the others. */
  readonly fromContrast: boolean;
}

/**
 * Builds a dynamic draft tree as its papers describe it, of objects and by sorting.
 *
 * Source: EAGLE-2, Li et al. 2024 (arXiv 2406.16858), section 4; Jakiro (arXiv 2502.06282).
 *
 * @param levels Candidates of each level.
 * @param shape Shape of the tree.
 * @returns The nodes but for the root, level by level.
 */
export function plainTree(levels: Levels, shape: TreeShape): Drafted[] {
  const { fanout, fromContrast } = shape;
  const pool: Drafted[] = [];
  let frontier: readonly (Drafted | null)[] = [null];
  levels.forEach((rows, level) => {
    const isContrast = fromContrast && level === levels.length - 1;
    const entries = frontier.flatMap((parent, row) => {
      const from = isContrast ? fanout + (parent?.row ?? NaN) : row;
      return (rows[from] ?? []).map(({ token, score }) => ({
        token,
        // Scores are added in f32, which decides what is equal.
        score: Math.fround((parent?.score ?? 0) + score),
        parent,
        depth: level + 1,
        row,
      }));
    });
    pool.push(...entries);
    frontier = entries.toSorted(byScore).slice(0, fanout);
  });
  const kept = new Set(pool.toSorted(byScore).slice(0, shape.numNodes - 1));
  return pool.filter((drafted) => kept.has(drafted));
}

/** How scores are drawn: none of them is above 0. */
export const SCORES: Readonly<Record<string, (random: Random) => number>> = {
  spread: (random) => -Math.abs(3 * random.normal()),
  tied: (random) => 0 - 0.5 * random.below(4),
  // A child as probable as its parent.
  certain: (random) => random.next() < 0.7 ? 0 : -1,
  equal: () => -1,
  // What a drafter that is broken, or out of tokens, gives.
  lowest: (random) => random.next() < 0.5 ? -3e38 : 0 - random.below(3),
  broken: () => -3e38,
};

/** @returns Random candidates for every level of a tree. */
export function randomLevels(
  random: Random,
  shape: TreeShape,
  score: (random: Random) => number,
): Levels {
  const { fanout, depth, fromContrast } = shape;
  return Array.from({ length: depth + 1 }, (_, level) => {
    const isLast = level === depth;
    const numRows = fanout * (isLast && fromContrast ? 2 : 1);
    return Array.from(
      { length: level === 0 ? 1 : numRows },
      () =>
        Array.from({ length: fanout }, () => ({
          token: random.below(32000),
          score: Math.fround(score(random)),
        })),
    );
  });
}
