import { assert, assertEquals } from "@std/assert";
import { at } from "../reference/lib/at.ts";
import { gumbel, hash } from "../reference/choose.ts";
import { IN_PROMPT } from "../reference/lib/token_state.ts";
import { assertDistributed, countValues } from "./_chi_square.ts";
import { openHarness } from "./_harness.ts";
import { processedSoftmax, type Processing } from "./_processed_softmax.ts";
import { Random } from "./_random.ts";
import { sequence } from "./_rows.ts";
import { repeat, sample } from "./_sampling.ts";

const harness = await openHarness();
const V = 10;
const NUM_DRAWS = 8192;
const LOGITS = new Random(1).normals(V, 1.5);
const BIAS = [0, 1, -1, 0, 2, 0, -100, 0, 0.5, 0];
const COUNTS = [0, 1, 0, 3, 0, 0, 2, 0, 0, 1];
const PROMPT = [0, 3, 5];

/** Draws at consecutive positions, all from the same logits. */
async function draw(
  processing: Processing,
  options: { readonly seed: number; readonly first?: number },
): Promise<Uint32Array> {
  const { bias, counts = [], prompt = [], ...params } = processing;
  const tokenState = Uint32Array.from(
    { length: V },
    (_, token) =>
      (counts[token] ?? 0) + (prompt.includes(token) ? IN_PROMPT : 0),
  );
  const { choice } = await sample(harness, {
    logits: repeat(LOGITS, NUM_DRAWS),
    vocabSize: V,
    params: { ...params, seed: options.seed, hasBias: bias !== undefined },
    row: sequence(NUM_DRAWS, options.first),
    bias: Float32Array.from(bias ?? new Array(V).fill(0)),
    tokenState,
  });
  return choice;
}

const SEEN = { counts: COUNTS, prompt: PROMPT };
const PROCESSINGS: Readonly<Record<string, Processing>> = {
  "nothing": {},
  "a low temperature": { temperature: 0.5 },
  "a high temperature": { temperature: 2 },
  "a bias": { bias: BIAS },
  "a repetition penalty": { repetitionPenalty: 1.8, ...SEEN },
  "a repetition reward": { repetitionPenalty: 0.6, ...SEEN },
  "a presence penalty": { presencePenalty: 1.2, ...SEEN },
  "a frequency penalty": { frequencyPenalty: 0.6, ...SEEN },
  "negative penalties": {
    presencePenalty: -0.5,
    frequencyPenalty: -0.4,
    ...SEEN,
  },
  "top-k": { topK: 4 },
  "top-p": { topP: 0.75 },
  "min-p": { minP: 0.15 },
  "top-k and temperature": { topK: 6, temperature: 1.7 },
  "top-p and temperature": { topP: 0.9, temperature: 0.6 },
  "top-k and top-p": { topK: 5, topP: 0.8 },
  "everything": {
    temperature: 1.3,
    topK: 8,
    topP: 0.9,
    minP: 0.08,
    repetitionPenalty: 1.2,
    presencePenalty: 0.3,
    frequencyPenalty: 0.2,
    bias: BIAS,
    ...SEEN,
  },
};

for (const [name, processing] of Object.entries(PROCESSINGS)) {
  Deno.test(`choose() draws from the processed softmax with ${name}`, async () => {
    const expected = processedSoftmax(LOGITS, processing);
    for (const seed of [1, 0xdeadbeef]) {
      const choice = await draw(processing, { seed });
      assertDistributed(countValues(choice, V), expected, `seed ${seed}`);
    }
  });
}

/** Counts of pairs, and their probabilities were the two independent. */
function assertIndependent(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  label: string,
): void {
  const pairs = Array.from(a, (token, i) => token * V + at(b, i));
  const p = processedSoftmax(LOGITS, {});
  const expected = p.flatMap((first) => p.map((second) => first * second));
  assertDistributed(countValues(pairs, V * V), expected, label);
}

Deno.test("choose() draws independently at different positions", async () => {
  const choice = await draw({}, { seed: 7 });
  for (const distance of [1, 2, 64, 1024]) {
    // Pairs that share no draw, so that the pairs too are independent.
    const isFirst = (i: number): boolean =>
      Math.floor(i / distance) % 2 === 0 && i + distance < NUM_DRAWS;
    const first = [...choice.keys()].filter(isFirst);
    assertIndependent(
      first.map((i) => at(choice, i)),
      first.map((i) => at(choice, i + distance)),
      `positions apart by ${distance}`,
    );
  }
});

Deno.test("choose() draws independently for different seeds", async () => {
  for (
    const [a, b] of [
      [0, 1],
      [1, 2],
      [5, 0x10000005],
      [5, 0x80000005],
      [0, 0xffffffff],
    ] as const
  ) {
    assertIndependent(
      await draw({}, { seed: a }),
      await draw({}, { seed: b }),
      `seeds ${a} and ${b}`,
    );
  }
  // The same sum of seed and position must not be the same noise.
  assertIndependent(
    await draw({}, { seed: 20, first: 1 }),
    await draw({}, { seed: 21, first: 0 }),
    "seed 20 one position later than seed 21",
  );
});

Deno.test("choose() draws the same again for the same seed", async () => {
  const options = { seed: 99, first: 3 };
  const choice = await draw(PROCESSINGS["everything"] ?? {}, options);
  assertEquals(await draw(PROCESSINGS["everything"] ?? {}, options), choice);
});

// The kernel's hash is compared with the twin's in choose_test.ts; here many seeds are cheap.
Deno.test("hash() draws from the softmax over consecutive seeds at one position", () => {
  const expected = processedSoftmax(LOGITS, {});
  for (const position of [0, 1, 1000]) {
    const choice = Array.from({ length: NUM_DRAWS }, (_, seed) => {
      const sums = LOGITS.map((logit, token) =>
        logit + gumbel(hash(seed, position, token))
      );
      return sums.indexOf(Math.max(...sums));
    });
    const label = `position ${position}`;
    assertDistributed(countValues(choice, V), expected, label);
  }
});

Deno.test("gumbel() of hash() has the Gumbel distribution along every coordinate", () => {
  const n = 50_000;
  const coordinates = {
    seed: (i: number) => hash(i, 3, 4),
    position: (i: number) => hash(1, i, 4),
    token: (i: number) => hash(1, 3, i),
    "large token": (i: number) => hash(0xffffffff, 1e5, 128_000 + i),
  };
  for (const [name, bits] of Object.entries(coordinates)) {
    const noise = Float64Array.from({ length: n }, (_, i) => gumbel(bits(i)))
      .sort();
    const distance = noise.reduce((most, value, i) => {
      const p = Math.exp(-Math.exp(-value));
      return Math.max(most, p - i / n, (i + 1) / n - p);
    }, 0);
    // Kolmogorov's quantile at a significance of 1e-4.
    const most = 2.226 / Math.sqrt(n);
    assert(distance <= most, `${name}: ${distance} is over ${most}`);
  }
});
