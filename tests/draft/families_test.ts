import { assert, assertEquals } from "@std/assert";
import { FAMILY_CONFIGS, writeFamily } from "../model/_families.ts";
import { TargetRun } from "../model/_target_run.ts";
import { withDirectory } from "../checkpoint/tiny_model.ts";
import type { CacheFormat } from "../../src/ops/mod.ts";
import { DraftRun } from "./_draft_run.ts";
import type { Elem } from "../../src/gpu/shader.ts";
import { writeRandomDrafter } from "./_random_drafter.ts";
import type { DraftTree } from "../../src/decode/draft_tree.ts";

/** Longer than every window; the trees cross borders of them, and of blocks of keys. */
const PROMPT = Array.from({ length: 40 }, (_, index) => (index * 71 + 3) % 512);
const NUM_ROUNDS = 6;
const CONTEXT = 128;

/** How a model runs: its number type, and how its cache stores keys and values where that is otherwise. */
type Way = readonly [Elem, CacheFormat?];

/** Ways, where they are not f32 alone: half the families, all kernels. */
const WAYS: Readonly<Record<string, readonly Way[]>> = {
  "Mistral": [["f32"], ["f16"], ["f32", "q8"], ["f16", "f32"]],
  "Qwen3": [["f32"], ["f16"], ["f32", "f16"], ["f16", "q8"]],
  "Phi-3 with long factors": [["f32"], ["f16"]],
  "Gemma 2": [["f32"], ["f16"], ["f32", "f16"], ["f16", "q8"]],
  "Gemma 3": [["f32"], ["f32", "q8"]],
  "Mixtral": [["f32"], ["f16"]],
};

/** Tokens from the root to a node. */
function pathOf(tree: DraftTree, node: number): number[] {
  const { token, parent } = tree.nodes[node] ?? { token: NaN, parent: null };
  return parent === null ? [token] : [...pathOf(tree, parent), token];
}

for (const [name, config] of Object.entries(FAMILY_CONFIGS)) {
  // Random drafters are made for this width.
  if (config.hidden_size !== 64) continue;
  for (const [elem, cacheFormat = elem] of WAYS[name] ?? [["f32"]]) {
    Deno.test(`Session.round gives tree nodes the logits of plain decoding bit for bit, for ${name} in ${elem}, its cache in ${cacheFormat}`, async () => {
      await withDirectory(async (directory) => {
        await Deno.mkdir(`${directory}/drafter`);
        await writeFamily(directory, config, elem === "f16" ? "F16" : "F32");
        await writeRandomDrafter(`${directory}/drafter`, { kind: "jakiro" });
        using plain = await TargetRun.open(directory, {
          elem,
          cacheFormat,
          contextLength: CONTEXT,
        });
        using run = await DraftRun.open({
          target: new URL(`file://${directory}/`),
          drafter: new URL(`file://${directory}/drafter/`),
          tree: { numNodes: 24, depth: 4, topK: 4 },
          elem,
          cacheFormat,
          contextLength: CONTEXT,
        });
        run.begin(PROMPT);
        const ids = [...PROMPT];
        for (let round = 0; round < NUM_ROUNDS; round++) {
          const { tree, logits } = await run.roundWithLogits();
          assert(tree.nodes.length > 1);
          const depths = tree.nodes.map(({ depth }) => depth);
          const deepest = depths.indexOf(Math.max(...depths));
          for (const node of [0, deepest, tree.nodes.length - 1]) {
            const sequence = [...ids, ...pathOf(tree, node)];
            const expected = (await plain.pass(sequence, 0)).logits.at(-1) ??
              new Float32Array(0);
            assertEquals(
              logits[node],
              new Uint32Array(expected.slice().buffer),
              `round ${round}, node ${node} of depth ${depths[node]}`,
            );
          }
          for (const { token, parent, isAccepted } of tree.nodes) {
            if (parent === null || isAccepted) ids.push(token);
          }
        }
        assert(ids.length >= PROMPT.length + NUM_ROUNDS);
      });
    });
  }
}

Deno.test("Session.round drafts with the target's soft cap of logits", async () => {
  await withDirectory(async (directory) => {
    await Deno.mkdir(`${directory}/drafter`);
    const cap = 0.01;
    const config = {
      ...FAMILY_CONFIGS["Gemma 2"],
      final_logit_softcapping: cap,
    };
    await writeFamily(directory, config);
    await writeRandomDrafter(`${directory}/drafter`, { kind: "jakiro" });
    using run = await DraftRun.open({
      target: new URL(`file://${directory}/`),
      drafter: new URL(`file://${directory}/drafter/`),
      tree: { numNodes: 24, depth: 4, topK: 4 },
    });
    run.begin(PROMPT);
    const { nodes } = await run.round();
    for (const { score, parent } of nodes) {
      if (parent === null) continue;
      // Of 512 logits within the cap, no token's log probability is further than this from a uniform one's.
      const own = score - (nodes[parent]?.score ?? NaN);
      assert(Math.abs(own + Math.log(512)) < 2 * cap, `${own}`);
    }
  });
});
