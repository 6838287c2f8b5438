import { assert, assertEquals } from "@std/assert";
import { choose } from "../../src/ops/mod.ts";
import { gumbel, hash } from "../reference/choose.ts";
import { at } from "../reference/lib/at.ts";
import { assertDistributed, countValues } from "./_chi_square.ts";
import { assertChooses, PENALTIES, tokenStates } from "./_choose.ts";
import { openHarness, testBothCuts } from "./_harness.ts";
import { Random } from "./_random.ts";
import { assertRowInvariant, TABLE_BYTES } from "./_row_invariance.ts";
import { scattered } from "./_rows.ts";
import { PLAIN, repeat, sample, samplingBindings } from "./_sampling.ts";

const harness = await openHarness();

testBothCuts(
  harness,
  "choose() equals its twin over a table of shapes and options",
  async () => {
    const random = new Random(1);
    for (
      const [V, T, firstLogitRow] of [
        [1, 1, 0],
        [2, 5, 0],
        [255, 3, 2],
        [257, 9, 3],
        [512, 4, 0],
        [32000, 3, 1],
      ] as const
    ) {
      const R = T - firstLogitRow;
      const draws = {
        logits: random.normals(R * V, 3),
        vocabSize: V,
        row: scattered(random, T, 1000),
        firstLogitRow,
        bias: random.normals(V),
        tokenState: tokenStates(random, V),
      };
      for (
        const params of [
          { temperature: 0 },
          { temperature: 0, ...PENALTIES },
          { seed: 1 },
          { temperature: 0.7, seed: 0xffffffff, ...PENALTIES },
          { temperature: 1.5, seed: 0x80000001, topK: 5, minP: 0.01 },
        ]
      ) {
        const label = `V ${V}, rows ${firstLogitRow}..${T}, ${
          JSON.stringify(params)
        }`;
        await assertChooses(harness, { ...draws, params }, label);
      }
    }
  },
);

testBothCuts(
  harness,
  "choose() takes allowed tokens alone, by the same noise and filters, on every row of its own",
  async () => {
    const random = new Random(4);
    for (const V of [1, 33, 257]) {
      const R = 5;
      const words = Math.ceil(V / 32);
      const allowed = new Uint32Array(R * words);
      for (let r = 0; r < R; r++) {
        // One token in row 0, ever more of them further down.
        for (let n = 0; n < 1 + r * r * 8; n++) {
          const token = random.below(V);
          const word = r * words + (token >> 5);
          allowed[word] = at(allowed, word) | 1 << (token & 31);
        }
      }
      for (
        const params of [
          { temperature: 0 },
          { seed: 1 },
          { temperature: 0.8, seed: 2, topP: 0.7, ...PENALTIES },
          { seed: 5, topK: 40, topP: 0.9, minP: 0.05 },
        ]
      ) {
        const draws = {
          logits: random.normals(R * V, 3),
          vocabSize: V,
          row: scattered(random, R, 1000),
          bias: random.normals(V),
          tokenState: tokenStates(random, V),
          allowed,
          params,
        };
        await assertChooses(
          harness,
          draws,
          `V ${V}, ${JSON.stringify(params)}`,
        );
        const { choice } = await sample(harness, draws);
        choice.forEach((token, r) =>
          assert(
            (at(allowed, r * words + (token >> 5)) >>> (token & 31) & 1) === 1,
            `token ${token} of row ${r}`,
          )
        );
      }
    }
  },
);

Deno.test("choose() samples allowed tokens by the softmax among them", async () => {
  const numDraws = 16384;
  const logits = [0.5, 2, -1, 1, 0];
  const { choice } = await sample(harness, {
    logits: repeat(logits, numDraws),
    vocabSize: 5,
    params: { seed: 6 },
    allowed: new Uint32Array(numDraws).fill(0b01101),
  });
  const weights = logits.map((logit, token) =>
    [0, 2, 3].includes(token) ? Math.exp(logit) : 0
  );
  const total = weights.reduce((a, b) => a + b);
  const counts = countValues(choice, 5);
  assertEquals([counts[1], counts[4]], [0, 0]);
  const pick = (values: ArrayLike<number>): number[] =>
    [0, 2, 3].map((token) => at(values, token));
  assertDistributed(
    pick(counts),
    pick(weights.map((weight) => weight / total)),
    "three of five tokens",
  );
});

Deno.test("choose() adds the noise of its twin over many draws", async () => {
  for (const [V, R] of [[2, 20_000], [64, 1000]] as const) {
    const logits = new Float32Array(R * V);
    const draws = { logits, vocabSize: V, params: { seed: 2 } };
    await assertChooses(harness, draws, `${V} equal logits`);
  }
});

Deno.test("choose() resolves the largest noise, which decides among many tokens", async () => {
  const seed = 3;
  const noise = (n: number, token: number): number =>
    gumbel(hash(seed, n, token));
  // Above 11 are some 17 in a million: differences of 1e-4 are then differences of 2e-9 of the uniform number.
  const positions = Array.from({ length: 500_000 }, (_, n) => n)
    .filter((n) => noise(n, 0) > 11);
  const behind = positions.map((n) => noise(n, 0) - noise(n, 1));
  for (const [change, winner] of [[-1e-4, 0], [1e-4, 1]] as const) {
    const { choice } = await sample(harness, {
      logits: Float32Array.from(behind.flatMap((x) => [0, x + change])),
      vocabSize: 2,
      row: positions.map((n) => ({ token: 0, position: n - 1 })),
      params: { seed },
    });
    assert(choice.length > 5);
    assertEquals(choice, new Uint32Array(choice.length).fill(winner));
  }
});

testBothCuts(
  harness,
  "choose() takes the lowest of equal ids at temperature 0",
  async () => {
    for (
      const [V, ties] of [
        [8, [3, 5]],
        [600, [256, 511]],
        [600, [30, 286]],
        [600, [5, 256]],
      ] as const
    ) {
      const logits = new Float32Array(V).fill(-1);
      for (const token of ties) logits[token] = 2;
      const params = { temperature: 0 };
      const { choice } = await sample(harness, {
        logits,
        vocabSize: V,
        params,
      });
      assertEquals([...choice], [ties[0]]);
    }
    const equal = new Float32Array(700).fill(-3);
    const { choice } = await sample(harness, {
      logits: equal,
      vocabSize: 700,
      params: { temperature: 0 },
    });
    assertEquals([...choice], [0]);
  },
);

Deno.test("choose() ignores the filters at temperature 0", async () => {
  const logits = Float32Array.of(1, 4, 2, 3);
  const params = { temperature: 0, topK: 2, topP: 0.5, minP: 0.5 };
  const { choice } = await sample(harness, { logits, vocabSize: 4, params });
  assertEquals([...choice], [1]);
});

Deno.test("choose() is decided by seed, position and logits alone", async () => {
  const V = 50;
  const random = new Random(2);
  const draws = {
    logits: repeat(random.normals(V), 64),
    vocabSize: V,
    row: scattered(random, 64, 5000),
    params: { seed: 12345 },
  };
  const first = await sample(harness, draws);
  const again = await sample(harness, draws);
  assertEquals(again.choice, first.choice);
  const later = await sample(harness, {
    ...draws,
    row: draws.row.map(({ position }) => ({
      token: 7,
      position: position + 1,
    })),
  });
  assert(later.choice.some((token, r) => token !== first.choice[r]));
  const reseeded = await sample(harness, { ...draws, params: { seed: 12346 } });
  assert(reseeded.choice.some((token, r) => token !== first.choice[r]));
});

Deno.test("choose() adds Gumbel noise: the difference of two is logistic", async () => {
  const numDraws = 16384;
  for (const ahead of [-8, -4, -2, -1, 0, 1, 2, 4, 8]) {
    const { choice } = await sample(harness, {
      logits: repeat([0, ahead], numDraws),
      vocabSize: 2,
      params: { seed: 100 + ahead },
    });
    const p = 1 / (1 + Math.exp(-ahead));
    const label = `a logit ahead by ${ahead}`;
    assertDistributed(countValues(choice, 2), [1 - p, p], label);
  }
});

testBothCuts(
  harness,
  "choose() computes a row bit for bit as it does alone",
  async () => {
    const V = 300;
    const random = new Random(3);
    const draws = {
      logits: random.normals(64 * V),
      vocabSize: V,
      row: scattered(random, 64, 500),
      params: { temperature: 0.9, seed: 4 },
      tokenState: tokenStates(random, V),
    };
    const bindings = samplingBindings(draws);
    const rows = harness.empty(TABLE_BYTES);
    const logits = harness.upload(bindings.logits);
    const choice = harness.upload(bindings.choice);
    const shared = {
      rows,
      logits,
      choice,
      bias: harness.upload(bindings.bias),
      tokenState: harness.upload(bindings.tokenState),
      cut: harness.upload(bindings.cut),
      vocabSize: V,
    };
    const launches = [0, 0.9, 1].map((temperature) => {
      const params = { ...PLAIN, ...draws.params, ...PENALTIES, temperature };
      const { sampling } = samplingBindings({ ...draws, params });
      const op = choose(harness.gpu, {
        ...shared,
        sampling: harness.uniform(sampling),
      });
      return [temperature, op] as const;
    });
    for (const [temperature, op] of launches) {
      await assertRowInvariant(harness, {
        rows,
        row: draws.row,
        inputs: [{ buffer: logits, values: draws.logits }],
        outputs: [{ buffer: choice, rowBytes: 4 }],
      }, { [`temperature ${temperature}`]: op });
    }
  },
);
