import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { findDifference } from "./_comparison.ts";
import { hash } from "../reference/choose.ts";
import { TargetRun } from "../model/_target_run.ts";
import { TextWriter } from "./_text_writer.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);
const PROMPT = [1, 403, 407, 261, 378];

for (const elem of ["f32", "f16"] as const) {
  Deno.test(`HashedSession hashes in ${elem} the logits that each token was chosen by`, async () => {
    using writer = await TextWriter.open({
      elem,
      contextLength: 64,
      canDraft: true,
    });
    const [text] = await writer.write({
      prompts: [PROMPT],
      maxTokens: 20,
      sampling: {},
      drafting: {
        drafter: new URL("drafter/", STORIES),
        tree: { numNodes: 16, depth: 3, topK: 4 },
      },
    });
    assert(text !== undefined && text.numRounds < 15);
    using plain = await TargetRun.open(STORIES, { elem });
    const logits = await plain.passes([...PROMPT, ...text.tokens], [1]);
    const rows = logits.slice(PROMPT.length - 1, -1);
    assertEquals([...text.hashes], rows.flatMap(hashRow));
    // The least bit of any logit shows.
    const [row = new Float32Array()] = rows;
    for (const token of row.keys()) {
      const changed = Uint32Array.from(new Uint32Array(row.slice().buffer));
      changed[token] = (changed[token] ?? 0) ^ 1;
      const [low, high] = hashRow(new Float32Array(changed.buffer));
      assertNotEquals(low, text.hashes[0]);
      assertNotEquals(high, text.hashes[1]);
    }
  });
}

Deno.test("findDifference() names what differs first", () => {
  const text = {
    tokens: [5, 6],
    logProbs: [-1, -0],
    hashes: Uint32Array.of(1, 2, 3, 4),
    numRounds: 1,
  };
  assertEquals(findDifference({ ...text, numRounds: 2 }, text), null);
  for (
    const [change, expected] of [
      [{ tokens: [5] }, "1 tokens instead of 2"],
      [{ tokens: [5, 7] }, "id of token 1 is 7 instead of 6"],
      [
        { logProbs: [-1, 0] },
        "log probability of token 1 is 0 instead of 0",
      ],
      [
        { hashes: Uint32Array.of(1, 2, 3, 5) },
        "hash of logits of token 1 is 5 instead of 4",
      ],
    ] as const
  ) assertEquals(findDifference({ ...text, ...change }, text), expected);
  const unhashed = { ...text, hashes: Uint32Array.of(1, 2, 0, 0) };
  assertEquals(
    findDifference(unhashed, unhashed),
    "logits of token 1 are not hashed",
  );
  assertEquals(
    findDifference(text, undefined),
    "there is nothing to compare with",
  );
});

/** The hash of one position's logits, as plainly as can be. */
function hashRow(logits: Float32Array): [number, number] {
  const bits = new Uint32Array(Float32Array.from(logits).buffer);
  const sum = (seed: number): number =>
    bits.reduce((total, word, token) => total + hash(word, token, seed), 0) %
    2 ** 32;
  return [sum(1), sum(2)];
}
