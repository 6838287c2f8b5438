import { assertEquals, assertLess } from "@std/assert";
import { maxDifference, TargetRun } from "../model/_target_run.ts";
import { openCheckpoint } from "../../src/checkpoint/mod.ts";
import { Teacher, type TeacherOptions } from "../../src/decode/teacher.ts";
import type { WrittenSequence } from "../../src/decode/write_sequences.ts";

const GOLDEN = new URL("../golden/upstream_random/", import.meta.url);
const STORIES = new URL("../../weights/stories260k/", import.meta.url);

interface GoldenCase {
  readonly prompt: readonly number[];
  readonly prefill_hidden_last: readonly number[];
  readonly hidden_all_last_layer: readonly (readonly number[])[] | null;
}

async function openTeacher(
  directory: URL,
  options: Pick<TeacherOptions, "length" | "numSequences" | "maxPerPass">,
): Promise<Teacher> {
  using checkpoint = await openCheckpoint(directory);
  return await Teacher.open(checkpoint, {
    dtype: "f32",
    onProgress: () => {},
    ...options,
  });
}

/** Puts sequences into rows of one length, padded with 0. */
function toBatch(
  sequences: readonly (readonly number[])[],
  length: number,
): { readonly tokenIds: Int32Array } {
  const tokenIds = new Int32Array(sequences.length * length);
  sequences.forEach((ids, row) => tokenIds.set(ids, row * length));
  return { tokenIds };
}

async function allHidden(
  teacher: Teacher,
  batches: readonly { readonly tokenIds: Int32Array }[],
): Promise<Float32Array[]> {
  const all: Float32Array[] = [];
  for await (const [batch, hidden] of teacher.hiddenStates(batches)) {
    assertEquals(batch, batches[all.length]);
    all.push(hidden);
  }
  return all;
}

Deno.test("Teacher.hiddenStates() gives upstream's hidden states, several sequences a pass", async () => {
  const url = new URL("golden.json", GOLDEN);
  const { cases }: { cases: GoldenCase[] } = JSON.parse(
    await Deno.readTextFile(url),
  );
  const [length, D] = [20, 48];
  using teacher = await openTeacher(GOLDEN, {
    length,
    numSequences: cases.length,
  });
  const batch = toBatch(cases.map(({ prompt }) => prompt), length);
  const [hidden = new Float32Array()] = await allHidden(teacher, [batch]);
  assertEquals(hidden.length, cases.length * length * D);
  for (const [row, { prompt, ...expected }] of cases.entries()) {
    const at = (position: number): Float32Array => {
      const first = (row * length + position) * D;
      return hidden.subarray(first, first + D);
    };
    // f32 against f32 in another order of summation: golden vectors are held to 1e-4.
    const last = at(prompt.length - 1);
    assertLess(maxDifference(last, expected.prefill_hidden_last), 1e-4);
    const all = expected.hidden_all_last_layer ?? [];
    for (const [position, values] of all.entries()) {
      assertLess(maxDifference(at(position), values), 1e-4);
    }
  }
});

Deno.test("Teacher.hiddenStates() gives each sequence the bits that it has alone, however many share a pass", async () => {
  const [numSequences, length] = [5, 24];
  const batches = Array.from({ length: 3 }, (_, batch) => ({
    tokenIds: Int32Array.from(
      { length: numSequences * length },
      (_, at) => (at * 31 + batch * 7 + 3) % 500,
    ),
  }));
  using together = await openTeacher(STORIES, { length, numSequences });
  using apart = await openTeacher(STORIES, {
    length,
    numSequences,
    maxPerPass: 2,
  });
  const expected = await allHidden(together, batches);
  assertEquals(await allHidden(apart, batches), expected);
  using run = await TargetRun.open(STORIES);
  for (const [batch, { tokenIds }] of batches.entries()) {
    const first = 3 * length;
    const ids = [...tokenIds.subarray(first, first + length)];
    const { hidden } = await run.pass(ids, 0);
    const D = hidden[0]?.length ?? 0;
    const own = expected[batch]?.subarray(first * D, (first + length) * D);
    assertEquals([...own ?? []], hidden.flat());
  }
});

Deno.test("Teacher.write() draws each token from the softmax behind its prompt and text", async () => {
  const length = 16;
  using teacher = await openTeacher(STORIES, { length, numSequences: 2 });
  const prompts = [[1], [1, 403, 407], [1, 263]];
  const share = (index: number, position: number): number =>
    (index * 0.37 + position * 0.61803) % 1;
  let numBegun = 0;
  const written: WrittenSequence[] = [];
  const texts = teacher.write({
    nextPrompt: () => numBegun < 7 ? prompts[numBegun++ % 3] ?? null : null,
    endTokens: [261],
    random: share,
  });
  for await (const text of texts) written.push(text);
  assertEquals(written.map(({ index }) => index).sort(), [0, 1, 2, 3, 4, 5, 6]);
  using run = await TargetRun.open(STORIES);
  for (const { index, tokenIds, promptLength } of written) {
    const prompt = prompts[index % 3] ?? [];
    assertEquals(tokenIds.slice(0, promptLength), prompt);
    const end = tokenIds.indexOf(261, promptLength);
    assertEquals(tokenIds.length, end < 0 ? length : end + 1);
    const { logits } = await run.pass(tokenIds, 0);
    for (let at = promptLength; at < tokenIds.length; at++) {
      const exps = [...logits[at - 1] ?? []].map(Math.exp);
      const sum = exps.reduce((a, b) => a + b, 0);
      const before = exps.slice(0, tokenIds[at]).reduce((a, b) => a + b, 0);
      const own = exps[tokenIds[at] ?? 0] ?? NaN;
      // Sums of 512 doubles, in two orders.
      assertLess(before / sum - 1e-9, share(index, at));
      assertLess(share(index, at), (before + own) / sum + 1e-9);
    }
  }
});
