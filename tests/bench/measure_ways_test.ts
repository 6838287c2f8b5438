import { assertEquals } from "@std/assert";
import { findDifferences } from "../../src/bench/find_differences.ts";
import { measureWays, type RunWay } from "../../src/bench/measure_ways.ts";
import { run } from "./_runs.ts";

/** Ways that note what they are asked for; each writes its prompt and the seed. */
function noteWays(
  names: readonly string[],
): { ways: RunWay[]; calls: string[] } {
  const calls: string[] = [];
  const ways = names.map((name): RunWay => (prompt, seed) => {
    calls.push(`${name} ${prompt} ${seed}`);
    return Promise.resolve(run({ tokens: [...prompt, seed] }));
  });
  return { ways, calls };
}

Deno.test("measureWays() lets all ways have each prompt and seed in turn", async () => {
  const { ways, calls } = noteWays(["a", "b"]);
  const done: number[] = [];
  const turns = await measureWays(ways, {
    prompts: [[7], [8]],
    repeat: 2,
    seed: 2 ** 32 - 1,
    onProgress: (count) => done.push(count),
  });
  assertEquals(calls, [
    "a 7 4294967295",
    "b 7 4294967295",
    "b 8 4294967295",
    "a 8 4294967295",
    "a 7 0",
    "b 7 0",
    "b 8 0",
    "a 8 0",
  ]);
  assertEquals(done, [1, 2, 3, 4, 5, 6, 7, 8]);
  assertEquals(
    turns.map((
      { prompt, repetition, runs },
    ) => [prompt, repetition, ...runs.map(({ tokens }) => tokens)]),
    [
      [0, 0, [7, 2 ** 32 - 1], [7, 2 ** 32 - 1]],
      [1, 0, [8, 2 ** 32 - 1], [8, 2 ** 32 - 1]],
      [0, 1, [7, 0], [7, 0]],
      [1, 1, [8, 0], [8, 0]],
    ],
  );
});

Deno.test("measureWays() leaves out the turn that is cut short", async () => {
  const controller = new AbortController();
  const { ways, calls } = noteWays(["a", "b"]);
  const options = { prompts: [[1], [2], [3]], repeat: 1, seed: 0 };
  const turns = await measureWays(ways, {
    ...options,
    signal: controller.signal,
    onProgress: (done) => {
      if (done === 3) controller.abort();
    },
  });
  assertEquals(turns.map(({ prompt }) => prompt), [0]);
  assertEquals(calls.length, 4);
  const aborting: RunWay = () => Promise.resolve(run({ stop: "abort" }));
  assertEquals(await measureWays([aborting], options), []);
});

Deno.test("findDifferences() names texts that are not the first way's, and where they part", () => {
  const turn = (...texts: number[][]) => ({
    prompt: 4,
    repetition: 1,
    runs: texts.map((tokens) => run({ tokens })),
  });
  assertEquals(findDifferences([turn([1, 2], [1, 2], [1, 2])]), []);
  const place = { prompt: 4, repetition: 1 };
  assertEquals(
    findDifferences([
      turn([1, 2, 3], [1, 2, 3], [1, 9, 3], [1, 2], [1, 2, 3, 4]),
    ]),
    [
      { ...place, way: 2, numCommon: 1 },
      { ...place, way: 3, numCommon: 2 },
      { ...place, way: 4, numCommon: 3 },
    ],
  );
});
