import { assertEquals, assertLess } from "@std/assert";
import { argmax, maxDifference, TargetRun } from "./_target_run.ts";

interface GoldenCase {
  readonly prompt: readonly number[];
  readonly plain_greedy: readonly number[];
  readonly prefill_logits_last: readonly number[];
  readonly hidden_all_last_layer?: readonly (readonly number[])[] | null;
}

async function readCases(name: string): Promise<readonly GoldenCase[]> {
  const url = new URL(`../golden/${name}`, import.meta.url);
  return JSON.parse(await Deno.readTextFile(url)).cases;
}

const MODELS = [
  {
    directory: new URL("../golden/upstream_random/", import.meta.url),
    golden: "upstream_random/golden.json",
    numSteps: 24,
  },
  {
    directory: new URL("../../weights/stories260k/", import.meta.url),
    golden: "stories260k_jakiro.json",
    numSteps: 8,
  },
];

for (const { directory, golden, numSteps } of MODELS) {
  Deno.test(`Target.forward() in f32 gives the logits, hidden states and greedy ids of ${golden}`, async () => {
    using run = await TargetRun.open(directory);
    const cases = await readCases(golden);
    assertEquals(cases.length >= 3, true);
    for (const { prompt, plain_greedy, ...expected } of cases) {
      const { logits, hidden } = await run.pass(prompt, 0);
      // f32 against f32 in another order of summation: golden vectors are held to 1e-4.
      const last = logits.at(-1) ?? [];
      assertLess(maxDifference(last, expected.prefill_logits_last), 1e-4);
      for (
        const [row, values] of (expected.hidden_all_last_layer ?? []).entries()
      ) {
        assertLess(maxDifference(hidden[row] ?? [], values), 1e-4);
      }
      const ids: number[] = [argmax(last)];
      while (ids.length < numSteps) {
        const position = prompt.length + ids.length - 1;
        const step = await run.pass(ids.slice(-1), position);
        ids.push(argmax(step.logits[0] ?? []));
      }
      assertEquals(ids, plain_greedy.slice(0, numSteps));
    }
  });
}
