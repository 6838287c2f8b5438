import { assertEquals, assertThrows } from "@std/assert";
import { draftMerge } from "../../src/ops/mod.ts";
import { draftMerge as twin } from "../reference/draft_merge.ts";
import { LOWEST } from "../reference/draft_top.ts";
import { rowWords } from "../reference/lib/rows.ts";
import {
  type Candidate,
  candidateWords,
  readCandidates,
} from "../reference/lib/tree.ts";
import { openHarness, testBothCuts } from "./_harness.ts";
import { SCORES } from "./_plain_tree.ts";
import { Random } from "./_random.ts";
import { sequence } from "./_rows.ts";

const harness = await openHarness();

/** What no kernel writes. */
const UNTOUCHED = 0xa5a5a5a5;

interface Merge {
  readonly fanout: number;
  readonly level: number;
  /** Rows of the pass, and the first of them whose candidates are wanted. */
  readonly numRows: number;
  readonly firstLogitRow: number;
  /** `[2R, K]` */
  readonly lists: readonly Candidate[];
}

/** Throws unless the kernel writes what its twin does, and nothing else. */
async function assertEqualsTwin(test: Merge): Promise<{
  readonly candidates: Candidate[];
  readonly branches: readonly number[];
}> {
  const { fanout, level, numRows, firstLogitRow } = test;
  const R = numRows - firstLogitRow;
  const params = Uint32Array.of(level);
  const rows = rowWords({ row: sequence(numRows), firstLogitRow });
  const lists = candidateWords(test.lists);
  const numEntries = fanout + (level + 1) * fanout ** 2;
  const bindings = {
    params,
    rows,
    lists,
    candidates: new Uint32Array(R * fanout * 2 + 2).fill(UNTOUCHED),
    branches: new Uint32Array(numEntries).fill(UNTOUCHED),
  };
  const candidates = harness.upload(bindings.candidates);
  const branches = harness.upload(bindings.branches);
  const op = draftMerge(harness.gpu, {
    params: harness.uniform(params),
    rows: harness.upload(rows),
    lists: harness.upload(lists),
    candidates,
    branches,
    fanout,
  });
  // One workgroup too many, as where the row table counts fewer rows than there might be.
  await harness.run(() => op(R + 1));
  twin(bindings, { FANOUT: fanout });
  const actual = {
    candidates: new Uint32Array(bindings.candidates.length),
    branches: new Uint32Array(numEntries),
  };
  await harness.readAll([
    [candidates, actual.candidates],
    [branches, actual.branches],
  ]);
  assertEquals(actual.candidates, bindings.candidates);
  assertEquals(actual.branches, bindings.branches);
  return {
    candidates: readCandidates(actual.candidates.subarray(0, R * fanout * 2)),
    branches: [...actual.branches],
  };
}

/** @returns A list of different tokens, the best first. */
function randomList(
  random: Random,
  shape: { readonly fanout: number; readonly vocabSize: number },
  score: (random: Random) => number,
): Candidate[] {
  const tokens = Array.from({ length: shape.vocabSize }, (_, token) => token);
  const list = Array.from({ length: shape.fanout }, () => ({
    token: tokens.splice(random.below(tokens.length), 1)[0] ?? NaN,
    score: Math.fround(score(random)),
  }));
  return list.sort((a, b) => b.score - a.score);
}

for (const [name, score] of Object.entries(SCORES)) {
  testBothCuts(
    harness,
    `draftMerge() equals its twin with ${name} scores`,
    async () => {
      const random = new Random(1);
      for (
        const [fanout, level, numRows, firstLogitRow, vocabSize] of [
          [1, 0, 1, 0, 1],
          [2, 1, 2, 0, 3],
          [8, 0, 5, 4, 12],
          [8, 3, 8, 0, 8],
          [10, 2, 10, 0, 200],
          [16, 1, 16, 0, 40],
        ] as const
      ) {
        const lists = Array.from(
          { length: 2 * (numRows - firstLogitRow) },
          () => randomList(random, { fanout, vocabSize }, score),
        ).flat();
        await assertEqualsTwin({
          fanout,
          level,
          numRows,
          firstLogitRow,
          lists,
        });
      }
    },
  );
}

Deno.test("draftMerge() keeps a token's better score and the expert that gave it", async () => {
  const { candidates, branches } = await assertEqualsTwin({
    fanout: 3,
    level: 0,
    numRows: 1,
    firstLogitRow: 0,
    lists: [
      { token: 5, score: -1 },
      { token: 6, score: -2 },
      { token: 7, score: -4 },
      { token: 6, score: -0.5 },
      { token: 5, score: -1 },
      { token: 9, score: -3 },
    ],
  });
  assertEquals(candidates, [
    { token: 6, score: -0.5 },
    { token: 5, score: -1 },
    { token: 9, score: -3 },
  ]);
  // Of equal scores the top expert's counts.
  assertEquals(branches.slice(0, 3), [1, 0, 1]);
});

Deno.test("draftMerge() gives broken lists' repeated tokens the lowest score, last", async () => {
  const { candidates } = await assertEqualsTwin({
    fanout: 2,
    level: 0,
    numRows: 1,
    firstLogitRow: 0,
    lists: [
      { token: 3, score: -1 },
      { token: 3, score: LOWEST },
      { token: 3, score: -2 },
      { token: 3, score: LOWEST },
    ],
  });
  assertEquals(candidates, [
    { token: 3, score: -1 },
    { token: 3, score: LOWEST },
  ]);
});

Deno.test("draftMerge() writes nothing where there are no rows", async () => {
  await assertEqualsTwin({
    fanout: 2,
    level: 1,
    numRows: 0,
    firstLogitRow: 0,
    lists: [{ token: 1, score: -1 }, { token: 2, score: -1 }, {
      token: 1,
      score: -1,
    }, { token: 2, score: -1 }],
  });
});

Deno.test("draftMerge() throws for too many candidates", () => {
  const buffer = harness.empty(65536);
  assertThrows(
    () =>
      draftMerge(harness.gpu, {
        params: buffer,
        rows: buffer,
        lists: buffer,
        candidates: buffer,
        branches: buffer,
        fanout: 17,
      }),
    RangeError,
    "must be at most 16: 17",
  );
});
