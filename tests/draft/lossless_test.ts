import { assert, assertEquals } from "@std/assert";
import { assertLossless, SAMPLINGS } from "./_lossless.ts";
import {
  CHOICES,
  COMBINATIONS,
  describeCombination,
  GRAFTED_DRAFTERS,
  RANDOM_DRAFTERS,
} from "./_combinations.ts";
import { Comparison } from "./_comparison.ts";
import { DraftRun } from "./_draft_run.ts";
import { TargetRun } from "../model/_target_run.ts";
import { writeRandomDrafter } from "./_random_drafter.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);

/** One combination of each way to draft, the number types in turn. */
const SHORT = COMBINATIONS.filter((_, index) =>
  index % 2 === Math.floor(index / 2) % 2
);

Deno.test("Session.round gives the ids, log probabilities and logits of plain decoding, bit for bit, however it drafts", async () => {
  await using comparison = new Comparison({ numPrompts: 2, maxTokens: 30 });
  for (const combination of SHORT) {
    const { differences, numTokens } = await comparison.run(combination);
    assertEquals(differences, [], describeCombination(combination));
    assertEquals(numTokens, 60);
  }
});

for (const [name, list] of Object.entries({ COMBINATIONS, SHORT })) {
  Deno.test(`${name} has every drafter, size, depth, number type and way to choose`, () => {
    assertEquals(
      new Set(list.map(({ drafter }) => drafter)),
      new Set([
        "trained jakiro",
        ...Object.keys(RANDOM_DRAFTERS),
        ...Object.keys(GRAFTED_DRAFTERS),
      ]),
    );
    const ways = Object.keys(CHOICES);
    assertEquals(
      new Set(list.map(({ elem, choice }) => `${elem} ${choice}`)),
      new Set(ways.flatMap((choice) => [`f32 ${choice}`, `f16 ${choice}`])),
    );
    const trees = list.map(({ tree }) => tree);
    const sizes = new Set(trees.map(({ numNodes }) => numNodes));
    for (const size of [1, 2, 8, 16, 33, 60]) assert(sizes.has(size), name);
    assertEquals(
      new Set(trees.map(({ depth }) => depth)),
      new Set([2, 3, 4, 5, 6]),
    );
    assert(trees.some(({ topK, numNodes }) => topK === 1 && numNodes > 2));
    const stars = list.filter(({ drafter }) => drafter === "random jakiro*");
    assertEquals(
      new Set(stars.map(({ tree }) => tree.shape ?? "dynamic")),
      new Set(["dynamic", "static"]),
    );
  });
}

for (const dtype of ["f32", "f16"] as const) {
  Deno.test(`Model.generate() writes the same ids in ${dtype} with the drafter of stories260k`, async () => {
    await assertLossless({ dtype }, {
      numPrompts: 1,
      maxTokens: 60,
      samplings: SAMPLINGS,
    });
  });
}

for (
  const load of [
    { dtype: "f32", kvCache: "f16" },
    { dtype: "f32", kvCache: "q8" },
    { dtype: "f16", kvCache: "q8" },
  ] as const
) {
  Deno.test(`Model.generate() writes the same ids in ${load.dtype} with a KV cache in ${load.kvCache} and the drafter of stories260k`, async () => {
    const tree = { numNodes: 24, depth: 4, topK: 4 };
    const { tokensPerRound } = await assertLossless({ ...load, tree }, {
      numPrompts: 2,
      maxTokens: 60,
      samplings: SAMPLINGS,
    });
    assert(tokensPerRound > 2, `${tokensPerRound} tokens a round`);
  });
}

for (const kind of ["jakiro", "jakiro_star", "eagle", "eagle3"] as const) {
  for (const value of [1e30, 0]) {
    Deno.test(`Model.generate() writes the same ids with a useless drafter, a ${kind} whose weights are all ${value}`, async () => {
      const draft = await Deno.makeTempDir();
      try {
        await writeRandomDrafter(draft, { kind, value });
        await assertLossless({ draft, tree: { numNodes: 16 } }, {
          numPrompts: 1,
          maxTokens: 30,
          samplings: SAMPLINGS.slice(0, 2),
        });
      } finally {
        await Deno.remove(draft, { recursive: true });
      }
    });
  }
}

for (const elem of ["f32", "f16"] as const) {
  Deno.test(`Session.round gives the logits of plain decoding bit for bit in ${elem} at every committed position`, async () => {
    using run = await DraftRun.open({
      target: STORIES,
      drafter: new URL("drafter/", STORIES),
      tree: { numNodes: 33, depth: 5, topK: 8 },
      elem,
    });
    const prompt = [1, 403, 407, 261, 378];
    run.begin(prompt);
    const ids = [...prompt];
    const actual = new Map<number, Uint32Array>();
    while (ids.length < 60) {
      const { tree, logits } = await run.roundWithLogits();
      tree.nodes.forEach(({ depth, isAccepted, parent }, node) => {
        if (parent !== null && !isAccepted) return;
        actual.set(ids.length + depth, logits[node] ?? new Uint32Array(0));
      });
      const accepted = tree.nodes.filter((node) =>
        node.parent === null || node.isAccepted
      );
      ids.push(...accepted.map(({ token }) => token));
    }
    using plain = await TargetRun.open(STORIES, { elem });
    const expected = await plain.passes(ids, [1]);
    assertEquals(actual.size, ids.length - prompt.length);
    for (const [position, bits] of actual) {
      const values = Float32Array.from(expected[position] ?? []);
      assertEquals(bits, new Uint32Array(values.buffer));
    }
  });
}
