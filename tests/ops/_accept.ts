import { assertEquals } from "@std/assert";
import { accept } from "../../src/ops/mod.ts";
import { accept as twin } from "../reference/accept.ts";
import { COMMITTED_WORDS } from "../reference/lib/committed.ts";
import { HISTORY_WORDS } from "../reference/lib/history.ts";
import { type Row, rowWords } from "../reference/lib/rows.ts";
import { STATE } from "../reference/lib/state.ts";
import { IN_PROMPT, IS_END } from "../reference/lib/token_state.ts";
import { NO_PARENT, type Node, nodeWords } from "../reference/lib/tree.ts";
import type { Harness } from "./_harness.ts";

/** Tokens. */
export const V = 10;
/** Positions of the context. */
export const S = 120;
/** Rows that the tables have room for. */
export const MAX_ROWS = 64;

/** A tree, what the target chooses at its nodes, and where the generation stands. */
export interface AcceptCase {
  readonly row: readonly Row[];
  /** Choice of each logit row. */
  readonly choice: readonly number[];
  readonly firstLogitRow?: number;
  readonly nodes?: readonly Node[];
  readonly state?: Partial<Record<keyof typeof STATE, number>>;
  /** Rows of the drafter's pass, as the host writes them for a prompt. */
  readonly draftRow?: readonly Row[];
}

/** The bindings of the twin of `accept`. */
export interface AcceptBindings {
  readonly choice: Uint32Array<ArrayBuffer>;
  readonly logProb: Float32Array<ArrayBuffer>;
  readonly nodes: Uint32Array<ArrayBuffer>;
  readonly state: Uint32Array<ArrayBuffer>;
  readonly rows: Uint32Array<ArrayBuffer>;
  readonly draftRows: Uint32Array<ArrayBuffer>;
  readonly frontierRows: Uint32Array<ArrayBuffer>;
  readonly tokenState: Uint32Array<ArrayBuffer>;
  readonly history: Uint32Array<ArrayBuffer>;
  readonly committed: Uint32Array<ArrayBuffer>;
}

/** The bindings before the kernel runs; what it must not touch is not zero. */
function bindings(test: AcceptCase): AcceptBindings {
  const { row, choice, firstLogitRow = 0, draftRow = [] } = test;
  const words = { maxGenerated: 100, contextLength: S, ...test.state };
  const state = new Uint32Array(8);
  for (const [name, index] of Object.entries(STATE)) {
    state[index] = words[name as keyof typeof STATE] ?? 0;
  }
  const tokenState = new Uint32Array(V);
  tokenState.set([3, IS_END, IN_PROMPT | IS_END, IN_PROMPT | 7]);
  const draftRows = rowWords({ row: draftRow, firstLogitRow: 0 }, MAX_ROWS);
  if (draftRow.length === 0) draftRows.fill(77, 1);
  return {
    choice: Uint32Array.from(choice),
    logProb: Float32Array.from(choice, (_, r) => -1.25 - r / 3),
    nodes: nodeWords(test.nodes ?? [{ parent: NO_PARENT, score: 0, entry: 0 }]),
    state,
    rows: rowWords({ row, firstLogitRow }, MAX_ROWS),
    draftRows,
    frontierRows: rowWords({ row: [], firstLogitRow: 0 }, 2).fill(66),
    tokenState,
    history: new Uint32Array((S + 1) * HISTORY_WORDS).fill(99),
    committed: new Uint32Array(COMMITTED_WORDS).fill(55),
  };
}

/** Runs the kernel, compares every buffer with the twin's, and gives what the twin wrote. */
export async function runAccept(
  harness: Harness,
  test: AcceptCase,
): Promise<AcceptBindings> {
  const expected = bindings(test);
  const arrays = bindings(test);
  const buffers = {
    choice: harness.upload(arrays.choice),
    logProb: harness.upload(arrays.logProb),
    nodes: harness.upload(arrays.nodes),
    state: harness.upload(arrays.state),
    rows: harness.upload(arrays.rows),
    draftRows: harness.upload(arrays.draftRows),
    frontierRows: harness.upload(arrays.frontierRows),
    tokenState: harness.upload(arrays.tokenState),
    history: harness.upload(arrays.history),
    committed: harness.upload(arrays.committed),
  };
  const op = accept(harness.gpu, {
    ...buffers,
    vocabSize: V,
    contextLength: S,
  });
  await harness.run(() => op(1));
  twin(expected);
  const names = Object.keys(buffers) as (keyof AcceptBindings)[];
  await harness.readAll(names.map((name) => [buffers[name], arrays[name]]));
  for (const name of names) assertEquals(arrays[name], expected[name], name);
  for (const buffer of Object.values(buffers)) {
    harness.gpu.destroyBuffer(buffer);
  }
  return expected;
}

/** Words of the state in the order of `STATE`. */
export function stateOf({ state }: AcceptBindings): number[] {
  return [...state.subarray(0, 7)];
}
