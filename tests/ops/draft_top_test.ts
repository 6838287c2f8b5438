import { assert, assertEquals } from "@std/assert";
import { draftTop, packSampling } from "../../src/ops/mod.ts";
import { at } from "../reference/lib/at.ts";
import { LOWEST } from "../reference/draft_top.ts";
import type { Candidate } from "../reference/lib/tree.ts";
import {
  assertBest,
  draftBest,
  type DraftRows,
  scatteredIds,
} from "./_draft_top.ts";
import { openHarness, testBothCuts } from "./_harness.ts";
import { Random } from "./_random.ts";
import { assertRowInvariant, TABLE_BYTES } from "./_row_invariance.ts";
import { scattered } from "./_rows.ts";
import { PLAIN, sample } from "./_sampling.ts";

const harness = await openHarness();

const top = (draft: DraftRows) => draftBest(harness, draft);

const SHAPES = [
  [1, 1, 1, 0, 1],
  [2, 2, 3, 0, 2],
  [16, 16, 2, 1, 1],
  [100, 10, 10, 0, 2],
  [257, 8, 5, 4, 1],
  [512, 8, 8, 0, 2],
  [1030, 16, 3, 0, 1],
  [32000, 10, 2, 1, 1],
] as const;

for (
  const [name, params] of Object.entries({
    "the largest logits": { temperature: 0 },
    "logits and noise": { temperature: 1, seed: 7 },
    "logits and noise at temperature 0.3": {
      temperature: 0.3,
      seed: 0x80000005,
    },
  })
) {
  testBothCuts(
    harness,
    `draftTop() takes ${name} over a table of shapes`,
    async () => {
      const random = new Random(1);
      for (const [V, fanout, T, firstLogitRow, numBranches] of SHAPES) {
        const R = (T - firstLogitRow) * numBranches;
        const shape = {
          vocabSize: V,
          fanout,
          firstLogitRow,
          numBranches,
          params,
        };
        const row = scattered(random, T, 1000);
        const logits = random.normals(R * V, 3);
        for (const tokenIds of [null, scatteredIds(random, V)]) {
          const { actual, ranked } = await top({
            ...shape,
            row,
            logits,
            tokenIds,
          });
          ranked.forEach((tokens, r) =>
            assertBest(actual[r] ?? [], tokens, {
              label: `V ${V}, K ${fanout}, row ${r}, ids ${tokenIds !== null}`,
              isExact: params.temperature === 0,
            })
          );
        }
      }
    },
  );
}

testBothCuts(
  harness,
  "draftTop() takes the lowest of equal ids first, wherever they lie",
  async () => {
    const random = new Random(2);
    for (const V of [20, 300, 3000]) {
      const logits = random.normals(4 * V, 1).map((x) => Math.round(2 * x));
      const { actual, ranked } = await top({
        logits,
        vocabSize: V,
        fanout: 16,
        row: scattered(random, 4, 100),
        params: { temperature: 0 },
      });
      ranked.forEach((tokens, r) =>
        assertBest(actual[r] ?? [], tokens, { label: `V ${V}`, isExact: true })
      );
    }
  },
);

testBothCuts(
  harness,
  "draftTop() finds the best tokens where few threads hold them all",
  async () => {
    const V = 16384;
    for (const [step, first] of [[1024, 5], [64, 0], [8, 16000], [1, 16300]]) {
      const logits = new Float32Array(V);
      for (let i = 0; i < 16; i++) {
        logits[(first ?? 0) + i * (step ?? 0)] = 1 + (i * 7) % 16;
      }
      const { actual, ranked } = await top({
        logits,
        vocabSize: V,
        fanout: 16,
        row: [{ token: 0, position: 0 }],
        params: { temperature: 0 },
      });
      const label = `a step of ${step}`;
      assertBest(actual[0] ?? [], ranked[0] ?? [], { label, isExact: true });
    }
  },
);

testBothCuts(
  harness,
  "draftTop() ranks what is no number last, with the lowest score",
  async () => {
    const [V, fanout] = [40, 8];
    const broken = [NaN, Infinity, -Infinity, 3.2e38, -3.2e38];
    for (const numReal of [0, 1, 5, 8]) {
      for (const temperature of [0, 1]) {
        const logits = Float32Array.from(
          { length: V },
          (_, v) => 7 * v % V < numReal ? v / 3 : at(broken, v % 5),
        );
        const { actual, ranked } = await top({
          logits,
          vocabSize: V,
          fanout,
          row: [{ token: 0, position: 3 }],
          params: { temperature },
        });
        const label = `${numReal} numbers at temperature ${temperature}`;
        const [is = [], should = []] = [actual[0], ranked[0]];
        assertBest(is.slice(0, numReal), should, {
          label,
          isExact: temperature === 0,
        });
        for (const { token, score } of is.slice(numReal)) {
          assert(token < V, label);
          assertEquals(score, LOWEST, label);
        }
      }
    }
  },
);

Deno.test("draftTop() gives a token that is certain a score of 0, and never one above", async () => {
  const [V, fanout] = [64, 2];
  const logits = new Float32Array(4 * V).fill(-200);
  for (let r = 0; r < 4; r++) logits[r * V + r] = 100 + r / 3;
  const { actual } = await top({
    logits,
    vocabSize: V,
    fanout,
    row: scattered(new Random(3), 4, 50),
    params: { temperature: 0 },
  });
  assertEquals(actual.map(([first]) => first?.score), [0, 0, 0, 0]);
});

Deno.test("draftTop() ranks first what the target chooses from the same logits", async () => {
  const [V, R] = [300, 64];
  const random = new Random(4);
  const logits = random.normals(R * V, 2);
  for (const temperature of [0, 0.7, 1]) {
    const params = { temperature, seed: 0x80000005 };
    // The drafter's row at p holds the token at p + 1: what follows it is the target's choice at row p + 1.
    const row = scattered(random, R, 500);
    const ahead = (by: number) =>
      row.map(({ position }) => ({ token: 0, position: position + by }));
    const shared = { vocabSize: V, params };
    const first = await sample(harness, { ...shared, logits, row: ahead(1) });
    const second = await sample(harness, { ...shared, logits, row: ahead(2) });
    // Less sharp by as much as the drafter's are sharpened beside noise.
    const drafted = temperature === 0 ? logits : logits.map((x) => x / 1.25);
    const both = new Float32Array(2 * R * V);
    both.set(drafted);
    both.set(drafted, R * V);
    const { actual } = await top({
      ...shared,
      logits: both,
      fanout: 1,
      row,
      numBranches: 2,
    });
    assertEquals(
      actual.map(([best]) => best?.token),
      [...first.choice, ...second.choice],
      `temperature ${temperature}`,
    );
  }
});

Deno.test("draftTop() ranks a second branch with the noise of the first's position, where it is for the same one", async () => {
  const random = new Random(7);
  const logits = random.normals(3 * 100, 2);
  const both = new Float32Array(2 * logits.length);
  both.set(logits);
  both.set(logits, logits.length);
  const { actual, ranked } = await top({
    logits: both,
    vocabSize: 100,
    fanout: 8,
    row: scattered(random, 3, 500),
    numBranches: 2,
    branchStep: 0,
    params: { temperature: 1, seed: 5 },
  });
  assertEquals(actual.slice(3), actual.slice(0, 3));
  ranked.forEach((tokens, r) =>
    assertBest(actual[r] ?? [], tokens, { label: `row ${r}`, isExact: false })
  );
});

Deno.test("draftTop() hashes the target's ids, where the head has its own", async () => {
  const V = 50;
  const random = new Random(5);
  const logits = random.normals(16 * V);
  const row = scattered(random, 16, 500);
  // The head's rows in reverse order are the same tokens with the same noise.
  const reversed = Float32Array.from(
    logits,
    (_, i) => at(logits, i - i % V + V - 1 - i % V),
  );
  const shared = { vocabSize: V, fanout: 5, row, params: { seed: 3 } };
  const plain = await top({ ...shared, logits });
  const mapped = await top({
    ...shared,
    logits: reversed,
    tokenIds: Uint32Array.from({ length: V }, (_, v) => V - 1 - v),
  });
  const tokens = (rows: readonly Candidate[][]) =>
    rows.map((row) => row.map(({ token }) => token));
  assertEquals(tokens(mapped.actual), tokens(plain.actual));
});

testBothCuts(
  harness,
  "draftTop() computes a row bit for bit as it does alone",
  async () => {
    const [V, fanout] = [300, 8];
    const random = new Random(6);
    const rows = harness.empty(TABLE_BYTES);
    const logits = harness.empty(64 * V * 4);
    const candidates = harness.empty(64 * fanout * 8);
    const op = draftTop(harness.gpu, {
      sampling: harness.uniform(packSampling({ ...PLAIN, seed: 9 })),
      rows,
      logits,
      tokenIds: null,
      candidates,
      vocabSize: V,
      fanout,
      numBranches: 1,
    });
    await assertRowInvariant(harness, {
      rows,
      row: scattered(random, 64, 500),
      inputs: [{ buffer: logits, values: random.normals(64 * V, 2) }],
      outputs: [{ buffer: candidates, rowBytes: fanout * 8 }],
    }, { op });
  },
);
