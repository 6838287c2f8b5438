import { assertAlmostEquals, assertEquals } from "@std/assert";
import { ropeFrequencies, ropeTable } from "../../src/model/mod.ts";

Deno.test("ropeFrequencies() falls from 1 by the base's powers", () => {
  const frequencies = ropeFrequencies({
    headDim: 8,
    ropeTheta: 10000,
    ropeScaling: null,
  });
  assertEquals([...frequencies].map((f) => f.toFixed(6)), [
    "1.000000",
    "0.100000",
    "0.010000",
    "0.001000",
  ]);
});

Deno.test("ropeFrequencies() divides by a linear factor", () => {
  const [first] = ropeFrequencies({
    headDim: 4,
    ropeTheta: 100,
    ropeScaling: { type: "linear", factor: 4 },
  });
  assertEquals(first, 0.25);
});

Deno.test("ropeFrequencies() keeps short wavelengths, divides long ones, and blends between, for llama3", () => {
  const options = { headDim: 128, ropeTheta: 500000 };
  const plain = ropeFrequencies({ ...options, ropeScaling: null });
  const scaled = ropeFrequencies({
    ...options,
    ropeScaling: {
      type: "llama3",
      factor: 8,
      lowFreqFactor: 1,
      highFreqFactor: 4,
      originalMaxPositionEmbeddings: 8192,
    },
  });
  let blended = 0;
  plain.forEach((frequency, index) => {
    const wavelength = 2 * Math.PI / frequency;
    const actual = scaled[index] ?? NaN;
    if (wavelength < 8192 / 4) assertEquals(actual, frequency);
    else if (wavelength > 8192) {
      assertAlmostEquals(actual, frequency / 8, 1e-12);
    } else {
      blended++;
      const smooth = (8192 / wavelength - 1) / (4 - 1);
      const expected = (1 - smooth) * frequency / 8 + smooth * frequency;
      assertAlmostEquals(actual, expected, 1e-12);
    }
  });
  assertEquals(blended > 0, true);
});

Deno.test("ropeFrequencies() divides by factors for short or for long contexts, and ropeTable() scales, for longrope", () => {
  const options = {
    headDim: 4,
    ropeTheta: 100,
    ropeScaling: {
      type: "longrope",
      shortFactor: [1, 2],
      longFactor: [4, 10],
      originalMaxPositionEmbeddings: 8,
      attentionFactor: 1.5,
    },
  } as const;
  assertEquals([...ropeFrequencies(options, 8)], [1, 0.05]);
  assertEquals([...ropeFrequencies(options, 9)], [0.25, 0.01]);
  const [short, long] = [ropeTable(8, options), ropeTable(9, options)];
  assertEquals(short.slice(0, 4), Float32Array.of(1.5, 0, 1.5, 0));
  assertAlmostEquals(short[4] ?? NaN, 1.5 * Math.cos(1), 1e-6);
  assertAlmostEquals(long[5] ?? NaN, 1.5 * Math.sin(0.25), 1e-6);
});

Deno.test("ropeTable() holds cosine and sine of each position's angles", () => {
  const table = ropeTable(3, { headDim: 4, ropeTheta: 100, ropeScaling: null });
  const expected = [0, 1, 2].flatMap((position) =>
    [1, 0.1].flatMap((f) => [Math.cos(position * f), Math.sin(position * f)])
  );
  assertEquals(table.length, 12);
  expected.forEach((value, index) =>
    assertAlmostEquals(table[index] ?? NaN, value, 1e-6)
  );
});
