import { assert, assertEquals, assertThrows } from "@std/assert";
import { draftExpand, MAX_FANOUT, poolBytes } from "../../src/ops/mod.ts";
import { draftExpand as twin } from "../reference/draft_expand.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { STATE } from "../reference/lib/state.ts";
import { candidateWords, readPool } from "../reference/lib/tree.ts";
import { openHarness, testBothCuts } from "./_harness.ts";
import { randomLevels, SCORES } from "./_plain_tree.ts";
import { Random } from "./_random.ts";
import { sequence } from "./_rows.ts";

const harness = await openHarness();
const MAX_ROWS = 20;

/** Expands level after level on the device and by the twin, and compares after each. */
async function assertExpands(
  random: Random,
  shape: {
    readonly fanout: number;
    readonly depth: number;
    readonly score: (random: Random) => number;
    /** Rows of the first pass. */
    readonly numRows: number;
    readonly length: number;
  },
): Promise<void> {
  const { fanout, depth, numRows, length } = shape;
  const levels = randomLevels(
    random,
    { fanout, depth, numNodes: 1, fromContrast: false },
    shape.score,
  );
  const state = new Uint32Array(8);
  state[STATE.length] = length;
  const row = sequence(numRows, length - numRows);
  const rows = rowWords({ row, firstLogitRow: numRows - 1 }, MAX_ROWS);
  const pool = new Uint32Array(poolBytes(fanout, depth) / 4);
  const params = harness.uniform(new Uint32Array(4));
  const shared = {
    candidates: harness.empty(fanout * fanout * 8),
    state: harness.upload(state),
    rows: harness.upload(rows),
    pool: harness.upload(pool),
  };
  const op = draftExpand(harness.gpu, { ...shared, params, fanout });
  for (let level = 0; level < depth; level++) {
    const candidates = candidateWords(levels[level]?.flat() ?? []);
    harness.write(shared.candidates, candidates);
    harness.write(params, Uint32Array.of(level));
    await harness.run(() => op(fanout));
    twin(
      { params: Uint32Array.of(level), candidates, state, rows, pool },
      { FANOUT: fanout },
    );
    const actual = {
      rows: new Uint32Array(rows.length),
      pool: new Uint32Array(pool.length),
    };
    await harness.readAll([
      [shared.rows, actual.rows],
      [shared.pool, actual.pool],
    ]);
    const label = `K ${fanout}, level ${level}`;
    assertEquals(
      readPool(actual.pool, fanout),
      readPool(pool, fanout),
      `pool: ${label}`,
    );
    assertEquals(actual.rows, rows, `rows: ${label}`);
  }
}

for (const [name, score] of Object.entries(SCORES)) {
  testBothCuts(
    harness,
    `draftExpand() equals its twin with ${name} scores`,
    async () => {
      const random = new Random(1);
      for (
        const [fanout, depth, numRows] of [
          [1, 3, 1],
          [2, 4, 3],
          [7, 2, 7],
          [8, 3, 1],
          [10, 2, 11],
          [16, 2, 2],
        ] as const
      ) {
        const length = numRows + random.below(100);
        const shape = { fanout, depth, score, numRows, length };
        await assertExpands(random, shape);
      }
    },
  );
}

Deno.test("draftExpand() does nothing when there are no rows", async () => {
  const fanout = 4;
  const words = new Uint32Array(poolBytes(fanout, 1) / 4).fill(9);
  const rows = rowWords({ row: [], firstLogitRow: 0 }, MAX_ROWS).fill(7, 1);
  const buffers = { rows: harness.upload(rows), pool: harness.upload(words) };
  const op = draftExpand(harness.gpu, {
    ...buffers,
    candidates: harness.empty(fanout * fanout * 8),
    state: harness.empty(32),
    params: harness.uniform(new Uint32Array(4)),
    fanout,
  });
  await harness.run(() => op(fanout));
  const actual = [new Uint32Array(rows.length), new Uint32Array(words.length)];
  const [actualRows, actualPool] = actual;
  assert(actualRows !== undefined && actualPool !== undefined);
  await harness.readAll([
    [buffers.rows, actualRows],
    [buffers.pool, actualPool],
  ]);
  assertEquals(actual, [rows, words]);
});

Deno.test("draftExpand() rejects more candidates per node than a pool's frontier holds", () => {
  const some = harness.empty(4096);
  const error = assertThrows(
    () =>
      draftExpand(harness.gpu, {
        candidates: some,
        state: some,
        pool: some,
        rows: some,
        params: some,
        fanout: MAX_FANOUT + 1,
      }),
    RangeError,
  );
  assertEquals(
    error.message,
    "Cannot expand a tree as its fanout must be at most 16: 17",
  );
});
