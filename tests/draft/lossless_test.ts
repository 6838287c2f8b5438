import { assertEquals, assertGreater, assertRejects } from "@std/assert";
import { assertLossless, SAMPLINGS } from "./_lossless.ts";
import { loadModel } from "../../mod.ts";
import { DraftRun } from "./_draft_run.ts";
import { TargetRun } from "../model/_target_run.ts";
import { writeRandomDrafter } from "./_random_drafter.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);

const TREES = [
  { numNodes: 1, depth: 2, topK: 1 },
  { numNodes: 2, depth: 2, topK: 2 },
  { numNodes: 8, depth: 6, topK: 1 },
  { numNodes: 16, depth: 3, topK: 4 },
  { numNodes: 33, depth: 5, topK: 8 },
  { numNodes: 60, depth: 6, topK: 10 },
];

for (const tree of TREES) {
  for (const dtype of ["f32", "f16"] as const) {
    const { numNodes, depth, topK } = tree;
    Deno.test(`Model.generate() writes the same ids in ${dtype} with trees of ${numNodes} nodes, depth ${depth}, top ${topK}`, async () => {
      const { tokensPerRound } = await assertLossless({ dtype, tree }, {
        numPrompts: 1,
        maxTokens: 60,
        samplings: SAMPLINGS,
      });
      if (numNodes > 2) assertGreater(tokensPerRound, 1.5);
    });
  }
}

for (
  const drafter of [
    { kind: "jakiro" },
    { kind: "jakiro", numExperts: 4 },
    { kind: "eagle" },
    { kind: "eagle3", value: 1e30 },
    { kind: "eagle3", value: 0 },
    { kind: "jakiro_star" },
    { kind: "jakiro_star", value: 1e30 },
    { kind: "jakiro_star", value: 0 },
    { kind: "jakiro", value: 1e30 },
    { kind: "jakiro", value: 0 },
  ] as const
) {
  Deno.test(`Model.generate() writes the same ids with a useless drafter: ${JSON.stringify(drafter)}`, async () => {
    const draft = await Deno.makeTempDir();
    try {
      await writeRandomDrafter(draft, drafter);
      await assertLossless({ draft, tree: { numNodes: 16 } }, {
        numPrompts: 1,
        maxTokens: 40,
        samplings: SAMPLINGS.slice(0, 2),
      });
    } finally {
      await Deno.remove(draft, { recursive: true });
    }
  });
}

Deno.test("loadModel() refuses a drafter whose weights are not numbers", async () => {
  const draft = await Deno.makeTempDir();
  try {
    await writeRandomDrafter(draft, { kind: "jakiro", value: NaN });
    await assertRejects(
      () => loadModel(undefined, { draft }),
      RangeError,
      "must be finite",
    );
  } finally {
    await Deno.remove(draft, { recursive: true });
  }
});

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
    while (ids.length < 90) {
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
