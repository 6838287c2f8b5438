import { assert, assertEquals } from "@std/assert";
import { at } from "../reference/lib/at.ts";
import { COMMITTED } from "../reference/lib/committed.ts";
import { HISTORY, HISTORY_WORDS } from "../reference/lib/history.ts";
import { MAX_PATH, readRow, type Row } from "../reference/lib/rows.ts";
import { STATE, STOP } from "../reference/lib/state.ts";
import { NO_PARENT } from "../reference/lib/tree.ts";
import {
  type AcceptBindings,
  type AcceptCase,
  MAX_ROWS,
  runAccept,
  S,
  stateOf,
  V,
} from "./_accept.ts";
import { randomTree } from "./_draft_tree_rows.ts";
import { openHarness, testBothCuts } from "./_harness.ts";
import { Random } from "./_random.ts";

const harness = await openHarness();
const run = (test: AcceptCase): Promise<AcceptBindings> =>
  runAccept(harness, test);

/** What is kept of the token at a position. */
function entryAt({ history }: AcceptBindings, position: number): number[] {
  const first = position * HISTORY_WORDS;
  return [
    at(history, first + HISTORY.token),
    at(history, first + HISTORY.origin),
  ];
}

const AT_9: Row[] = [{ token: 4, position: 9 }];

/** A chain of tokens from position 9 on, each the child of the one before. */
function chain(tokens: readonly number[]): Pick<AcceptCase, "row" | "nodes"> {
  return {
    row: tokens.map((token, node) => ({
      token,
      position: 9 + node,
      slot: 9 + node,
      base: 9,
      path: tokens.slice(0, node + 1).map((_, i) => 9 + i),
    })),
    nodes: tokens.map((_, node) => ({
      parent: node === 0 ? NO_PARENT : node - 1,
      score: 0,
      entry: 0,
      rank: 3 * node,
    })),
  };
}

testBothCuts(harness, "accept() walks random trees as its twin", async () => {
  const random = new Random(1);
  const lengths = new Set<number>();
  for (const numNodes of [1, 2, 3, 8, 16, 33, 60, 64]) {
    for (let round = 0; round < 12; round++) {
      const length = random.below(60);
      const { row, nodes } = randomTree(random, {
        numNodes,
        length,
        vocabSize: V,
        maxPath: MAX_PATH,
      });
      // Most choices are the token of a child, where there is one, and some end the text.
      const choice = row.map((_, node) => {
        const children = row.filter((_, i) => nodes[i]?.parent === node);
        const child = children[random.below(children.length)];
        return random.next() < 0.85 && child !== undefined
          ? child.token
          : random.below(V);
      });
      const state = {
        length,
        numRounds: round,
        numGenerated: random.below(98),
        ignoreEnd: round % 3 === 0 ? 0 : 1,
        contextLength: round % 5 === 0 ? length + 3 : S,
      };
      const result = await run({ row, nodes, choice, state });
      lengths.add(at(result.committed, COMMITTED.count));
    }
  }
  assert(lengths.size > 5, "the walks differ in length");
});

testBothCuts(
  harness,
  "accept() walks the longest way there can be",
  async () => {
    const tokens = Array.from({ length: MAX_PATH }, (_, i) => 4 + i % 6);
    const result = await run({
      ...chain(tokens),
      choice: [...tokens.slice(1), 9],
    });
    const nodes = tokens.keys();
    assertEquals([...result.committed], [MAX_PATH, 9, ...nodes]);
    assertEquals(result.state[STATE.length], 9 + MAX_PATH);
  },
);

Deno.test("accept() commits the choice after the only row", async () => {
  const result = await run({ row: AT_9, choice: [5] });
  assertEquals(stateOf(result), [10, 1, 100, S, STOP.running, 1, 0]);
  assertEquals(entryAt(result, 10), [5, 0]);
});

Deno.test("accept() commits a drafted token, marks it with its rank, and goes on behind it", async () => {
  const result = await run({
    ...chain([4, 5, 6]),
    choice: [5, 7, 8],
    state: { numRounds: 3 },
  });
  assertEquals(stateOf(result), [11, 2, 100, S, STOP.running, 4, 0]);
  assertEquals(entryAt(result, 10), [5, 256 * 3 + 3]);
  assertEquals(entryAt(result, 11), [7, 256 * 3]);
  assertEquals([...result.committed.subarray(0, 4)], [2, 9, 0, 1]);
  assertEquals([...result.draftRows.subarray(0, 2)], [2, 0]);
  const drafterRows = [0, 1].map((row) => readRow(result.draftRows, row));
  assertEquals(
    drafterRows.map(({ path: _, ...row }) => row),
    [
      { token: 7, position: 10, slot: 10, base: 11, hiddenRow: 1 },
      { token: 5, position: 9, slot: 9, base: 10, hiddenRow: 0 },
    ],
  );
  assertEquals([...result.frontierRows.subarray(0, 2)], [1, 0]);
  const newest = readRow(result.draftRows, 0);
  assertEquals(readRow(result.frontierRows, 0), newest);
});

Deno.test("accept() steps to a child that carries the choice, and to no other node that does", async () => {
  const { row } = chain([4, 5, 6, 6]);
  const parents = [NO_PARENT, 0, 1, 0];
  const nodes = parents.map((parent) => ({ parent, score: 0, entry: 0 }));
  const result = await run({ row, nodes, choice: [6, 9, 9, 8] });
  assertEquals([...result.committed.subarray(0, 4)], [2, 9, 0, 3]);
});

Deno.test("accept() commits the choice after the last row of a prompt, beside the rows that the drafter has", async () => {
  for (const count of [1, 3, MAX_ROWS]) {
    const row = Array.from(
      { length: count },
      (_, t) => ({ token: t % V, position: 7 + t }),
    );
    const result = await run({
      row,
      draftRow: row.map(({ position }, hiddenRow) => ({
        token: 8,
        position,
        hiddenRow,
      })).reverse(),
      choice: [3],
      firstLogitRow: count - 1,
      state: { numRounds: 2 },
    });
    const length = 7 + count;
    assertEquals(stateOf(result), [length, 1, 100, S, STOP.running, 3, 0]);
    assertEquals([...result.draftRows.subarray(0, 2)], [count, 0]);
    const tokens = row.map((_, t) => readRow(result.draftRows, t).token);
    assertEquals(tokens, [3, ...new Array(count - 1).fill(8)]);
  }
});

Deno.test("accept() does nothing when the generation has ended", async () => {
  const result = await run({ row: [], choice: [5], state: { stop: STOP.end } });
  assertEquals(stateOf(result), [0, 0, 100, S, STOP.end, 0, 0]);
  assertEquals([result.draftRows[0], result.frontierRows[0]], [0, 0]);
  assertEquals(result.committed[COMMITTED.count], 0);
});

Deno.test("accept() stops at ids that end the text, unless told to ignore them", async () => {
  for (const token of [1, 2]) {
    const stopped = await run({ row: AT_9, choice: [token] });
    assertEquals(stopped.state[STATE.stop], STOP.end);
    const ignored = await run({
      row: AT_9,
      choice: [token],
      state: { ignoreEnd: 1 },
    });
    assertEquals(ignored.state[STATE.stop], STOP.running);
  }
});

Deno.test("accept() stops inside a tree exactly behind the token that ends the text", async () => {
  const { state, committed } = await run({
    ...chain([4, 5, 2, 6]),
    choice: [5, 2, 6, 7],
  });
  assertEquals(state[STATE.stop], STOP.end);
  assertEquals(state[STATE.length], 11);
  assertEquals([...committed.subarray(0, 4)], [2, 9, 0, 1]);
});

Deno.test("accept() marks the token that ends a generation as drafted where it was", async () => {
  const result = await run({ ...chain([4, 5, 2]), choice: [5, 2, 7] });
  assertEquals([entryAt(result, 10), entryAt(result, 11)], [[5, 3], [2, 6]]);
});

Deno.test("accept() stops at the limit of generated tokens, and not before", async () => {
  for (
    const [numGenerated, stop, length] of [
      [0, "running", 13],
      [1, "length", 13],
      [2, "length", 12],
      [4, "length", 10],
    ] as const
  ) {
    const { state } = await run({
      ...chain([4, 5, 6, 7]),
      choice: [5, 6, 7, 8],
      state: { numGenerated, maxGenerated: 5 },
    });
    assertEquals([state[STATE.stop], state[STATE.length]], [
      STOP[stop],
      length,
    ]);
  }
});

Deno.test("accept() stops inside a tree where the context is full", async () => {
  for (
    const [contextLength, length] of [[12, 11], [13, 12], [14, 13]] as const
  ) {
    const { state } = await run({
      ...chain([4, 5, 6, 7]),
      choice: [5, 6, 7, 8],
      state: { contextLength },
    });
    assertEquals([state[STATE.stop], state[STATE.length]], [
      STOP.context,
      length,
    ]);
  }
});

Deno.test("accept() stops when the context is full, and not before", async () => {
  for (
    const [position, stop] of [[S - 3, "running"], [S - 2, "context"]] as const
  ) {
    const { state } = await run({ row: [{ token: 4, position }], choice: [5] });
    assertEquals(state[STATE.stop], STOP[stop]);
  }
});

Deno.test("accept() gives the end of the text precedence over a limit reached with it", async () => {
  const limits = { maxGenerated: 1, contextLength: 11 };
  const ended = await run({ row: AT_9, choice: [1], state: limits });
  assertEquals(ended.state[STATE.stop], STOP.end);
  const ignored = { ...limits, ignoreEnd: 1 };
  const full = await run({ row: AT_9, choice: [1], state: ignored });
  assertEquals(full.state[STATE.stop], STOP.length);
});
