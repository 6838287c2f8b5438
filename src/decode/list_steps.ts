import type { Dispatch } from "../gpu/dispatch.ts";
import type { DraftPlan } from "../draft/mod.ts";
import type { ForwardOps } from "../model/mod.ts";
import { MAX_ROW_TILE, type Op } from "../ops/mod.ts";

/** A pass whose keys are not split, as those of long sequences are. */
const SHORT = { numKeys: 1 } as const;

/** What the passes of a session are made of. */
export interface SessionSteps {
  /** The target's pass. */
  readonly forward: ForwardOps;
  /** From logits to what is committed, for one row. */
  readonly choosing: readonly Op[];
  /** Shapes of trees. */
  readonly plans: readonly DraftPlan[];
  /** Most rows of a prompt that are taken in one pass. */
  readonly maxRows: number;
}

/**
 * Lists every step of every pass, for the numbers of rows that they run with, as far as kernels are cut differently
 * for them.
 *
 * @param steps What the passes are made of.
 * @returns Functions that give a step's launches, compiling its kernels.
 */
export function listSteps(
  steps: SessionSteps,
): readonly (() => readonly Dispatch[])[] {
  const { forward, choosing, plans, maxRows } = steps;
  const chunks = listChunks(maxRows);
  const trees = plans.map(({ tree }) => tree.numNodes);
  const committed = plans.map(({ maxCommitted }) => maxCommitted);
  const passRows = [1, ...trees, ...chunks];
  return [
    ...[...forward.layers, forward.norm].map((op) => () => [
      ...passRows.flatMap((count) => op(count)),
      ...op(1, SHORT),
    ]),
    () => [1, ...trees].flatMap((count) => forward.lmHead(count)),
    ...choosing.map((op) => () => op(1)),
    ...plans.flatMap(({ propose, maxCommitted }) => [
      ...[...committed, ...chunks].map((count) => () => propose(count)),
      () => propose(maxCommitted, SHORT),
    ]),
  ];
}

/** Rows of a prompt's chunks: powers of two from a full tile on, as others are cut like the next of them. */
function listChunks(maxRows: number): readonly number[] {
  const numTiles = Math.max(1, maxRows / MAX_ROW_TILE);
  return Array.from(
    { length: Math.ceil(Math.log2(numTiles)) + 1 },
    (_, exponent) => MAX_ROW_TILE * 2 ** exponent,
  );
}
