import { assert, assertEquals } from "@std/assert";
import { logitCut, type SamplingParams } from "../../src/ops/mod.ts";
import { at } from "../reference/lib/at.ts";
import { logitCut as twin } from "../reference/logit_cut.ts";
import { orderKey } from "../reference/lib/sampling.ts";
import { IN_PROMPT } from "../reference/lib/token_state.ts";
import { openHarness, testBothCuts } from "./_harness.ts";
import { Random } from "./_random.ts";
import { assertRowInvariant, TABLE_BYTES } from "./_row_invariance.ts";
import { sequence } from "./_rows.ts";
import { PLAIN, repeat, sample, samplingBindings } from "./_sampling.ts";

const harness = await openHarness();

type Params = Partial<SamplingParams>;

/** Tokens of a row whose logits are at or above a cut. */
function keptBy(logits: Float32Array, cut: number): Set<number> {
  return new Set(
    [...logits.keys()].filter((token) => orderKey(at(logits, token)) >= cut),
  );
}

/** Tokens that the kernel keeps of one row. */
async function keep(
  logits: readonly number[] | Float32Array,
  params: Params,
): Promise<number[]> {
  const row = Float32Array.from(logits);
  const draws = { logits: row, vocabSize: row.length, params };
  const { cut, choice } = await sample(harness, draws);
  const kept = keptBy(row, at(cut, 0));
  assert(kept.has(at(choice, 0)), "a token below the cut was chosen");
  return [...kept];
}

/** Probability of what is likelier than a token, among those at or above a cut. */
function massAbove(logits: Float32Array, token: number, topK: number): number {
  const sorted = logits.toSorted().reverse();
  const least = at(sorted, Math.min(topK || Infinity, sorted.length) - 1);
  const [largest, logit] = [at(sorted, 0), at(logits, token)];
  let [total, above] = [0, 0];
  for (const value of sorted) {
    if (value < least) break;
    const weight = Math.exp(value - largest);
    total += weight;
    if (value > logit) above += weight;
  }
  return above / total;
}

const OPTIONS: readonly Params[] = [
  ...[1, 2, 40, 600, 40000].map((topK) => ({ topK })),
  ...[1e-9, 0.1, 0.5, 0.9, 0.99].map((topP) => ({ topP })),
  ...[0.001, 0.05, 0.5].map((minP) => ({ minP })),
  { topK: 50, topP: 0.8 },
  { topK: 30, topP: 0.95, minP: 0.02 },
];

testBothCuts(
  harness,
  "logitCut() keeps what sorting keeps over a table of shapes and options",
  async () => {
    const random = new Random(1);
    for (const V of [1, 2, 12, 255, 257, 512, 32000]) {
      const R = V === 32000 ? 1 : 3;
      const logits = random.normals(R * V, 2);
      for (const params of OPTIONS) {
        const { topK = 0, topP = 1, minP = 0 } = params;
        const actual = await sample(harness, { logits, vocabSize: V, params });
        const expected = { ...actual, cut: new Uint32Array(R) };
        twin(expected);
        for (let r = 0; r < R; r++) {
          const row = logits.subarray(r * V, (r + 1) * V);
          const kept = keptBy(row, at(actual.cut, r));
          const should = keptBy(row, at(expected.cut, r));
          const leastLogit = Math.max(...row) + Math.log(minP);
          // Sums of probabilities are exact to 1e-5, the logarithm of min-p to some units.
          const wrong = [...kept.symmetricDifference(should)].filter((token) =>
            Math.abs(massAbove(row, token, topK) - topP) > 1e-5 &&
            Math.abs(at(row, token) - leastLogit) > 1e-5
          );
          const label = `V ${V}, row ${r}, ${JSON.stringify(params)}`;
          assertEquals(wrong, [], label);
          assert(kept.size > 0, label);
        }
      }
    }
  },
);

Deno.test("logitCut() cuts the processed logits", async () => {
  const V = 40;
  const random = new Random(2);
  // No two processed logits are closer than the tolerance: the same cut keeps the same tokens.
  const logits = random.normals(V, 3);
  const draws = {
    logits,
    vocabSize: V,
    bias: random.normals(V),
    tokenState: Uint32Array.from(
      { length: V },
      (_, token) => at([0, 1, 3, IN_PROMPT], token % 4),
    ),
  };
  for (
    const options of [{ topK: 7 }, { topP: 0.8 }, { minP: 0.05 }]
  ) {
    for (
      const params of [
        { ...options, temperature: 0.3 },
        { ...options, temperature: 2 },
        { ...options, hasBias: true },
        { ...options, repetitionPenalty: 1.5 },
        { ...options, presencePenalty: 1, frequencyPenalty: 0.5 },
      ]
    ) {
      const actual = await sample(harness, { ...draws, params });
      const expected = { ...actual, cut: new Uint32Array(1) };
      twin(expected);
      // Keys count the floats between two numbers: processing rounds a logit a few times.
      const numFloats = at(actual.cut, 0) - at(expected.cut, 0);
      assert(
        Math.abs(numFloats) <= 64,
        `${JSON.stringify(params)}: ${numFloats}`,
      );
    }
  }
});

Deno.test("logitCut() keeps all that are equal at a cut", async () => {
  const logits = [1, 3, 2, 3, 2, 0, 2];
  assertEquals(await keep(logits, { topK: 1 }), [1, 3]);
  assertEquals(await keep(logits, { topK: 2 }), [1, 3]);
  assertEquals(await keep(logits, { topK: 3 }), [1, 2, 3, 4, 6]);
  assertEquals(await keep(logits, { topK: 6 }), [0, 1, 2, 3, 4, 6]);
  assertEquals(await keep(logits, { topP: 0.01 }), [1, 3]);
  assertEquals(await keep(logits, { topP: 0.7 }), [1, 2, 3, 4, 6]);
  assertEquals(await keep(logits, { minP: 1 }), [1, 3]);
});

Deno.test("logitCut() keeps all tokens where top-k is as large as the vocabulary", async () => {
  const logits = [-5, 1, 3, 2];
  for (const topK of [4, 5, 0xffffffff]) {
    assertEquals(await keep(logits, { topK }), [0, 1, 2, 3]);
  }
  assertEquals(await keep([-5], { topK: 1 }), [0]);
});

Deno.test("logitCut() keeps the likeliest token whatever the filters", async () => {
  for (const params of [{ topK: 1 }, { topP: 1e-30 }, { minP: 1 }]) {
    const logits = new Random(3).normals(500);
    const [likeliest] = [...logits.keys()]
      .sort((a, b) => at(logits, b) - at(logits, a));
    assertEquals(await keep(logits, params), [likeliest]);
  }
});

Deno.test("logitCut() keeps a token when what is likelier falls short of top-p, and not otherwise", async () => {
  const logits = [0.5, 0.25, 0.125, 0.125].map(Math.log);
  assertEquals(await keep(logits, { topP: 0.4999 }), [0]);
  assertEquals(await keep(logits, { topP: 0.5001 }), [0, 1]);
  assertEquals(await keep(logits, { topP: 0.7499 }), [0, 1]);
  assertEquals(await keep(logits, { topP: 0.7501 }), [0, 1, 2, 3]);
});

Deno.test("logitCut() renormalises what top-k leaves before top-p, and keeps min-p relative to the likeliest", async () => {
  const logits = [0.4, 0.3, 0.2, 0.1].map(Math.log);
  // Of all, 0.6 is reached by two; of the two that top-k leaves, by two; 0.5 by one of those.
  assertEquals(await keep(logits, { topP: 0.6 }), [0, 1]);
  assertEquals(await keep(logits, { topK: 2, topP: 0.5 }), [0]);
  assertEquals(await keep(logits, { topK: 2, topP: 0.6 }), [0, 1]);
  assertEquals(await keep(logits, { topP: 0.99, minP: 0.6 }), [0, 1]);
  assertEquals(await keep(logits, { topK: 1, minP: 0.01 }), [0]);
});

Deno.test("logitCut() keeps everything of equal logits", async () => {
  const all = Array.from({ length: 300 }, (_, token) => token);
  for (const value of [0, -7.5, 1e4]) {
    const logits = new Float32Array(300).fill(value);
    for (const params of [{ topK: 1 }, { topP: 0.3 }, { minP: 1 }]) {
      assertEquals(await keep(logits, params), all);
    }
  }
});

testBothCuts(
  harness,
  "logitCut() holds for very large and very spread logits",
  async () => {
    assertEquals(await keep([1e4, 9999, 1e4, -1e4], { topP: 0.7 }), [0, 2]);
    assertEquals(await keep([1e4, 9999, 1e4, -1e4], { topP: 0.9 }), [0, 1, 2]);
    assertEquals(await keep([-1e4, -1e4 - 1, -2e4], { topK: 2 }), [0, 1]);
    assertEquals(await keep([1e30, 1, -1e30], { topP: 0.999 }), [0]);
    assertEquals(await keep([0, -Infinity, -1], { topP: 0.999 }), [0, 2]);
  },
);

testBothCuts(
  harness,
  "logitCut() computes a row bit for bit as it does alone",
  async () => {
    const V = 300;
    const random = new Random(4);
    const values = random.normals(64 * V, 2);
    const draws = { logits: values, vocabSize: V, params: PLAIN };
    const bindings = samplingBindings(draws);
    const rows = harness.empty(TABLE_BYTES);
    const logits = harness.upload(bindings.logits);
    const cut = harness.upload(bindings.cut);
    const params = { topK: 60, topP: 0.9, minP: 0.01, temperature: 0.8 };
    const { sampling } = samplingBindings({ ...draws, params });
    const op = logitCut(harness.gpu, {
      rows,
      logits,
      cut,
      sampling: harness.uniform(sampling),
      bias: harness.upload(bindings.bias),
      tokenState: harness.upload(bindings.tokenState),
      vocabSize: V,
    });
    await assertRowInvariant(harness, {
      rows,
      row: sequence(64),
      inputs: [{ buffer: logits, values }],
      outputs: [{ buffer: cut, rowBytes: 4 }],
    }, { op });
  },
);

testBothCuts(
  harness,
  "logitCut() finds the same cut in the same row, however its sums are added up",
  async () => {
    const V = 2000;
    const logits = new Random(5).normals(V, 2);
    const { cut } = await sample(harness, {
      logits: repeat(logits, 64),
      vocabSize: V,
      params: { topK: 500, topP: 0.9 },
    });
    assertEquals(new Set(cut).size, 1);
  },
);
