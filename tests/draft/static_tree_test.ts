import { assertEquals, assertThrows } from "@std/assert";
import { assertLossless, SAMPLINGS } from "./_lossless.ts";
import { DraftRun } from "./_draft_run.ts";
import { resolveTreeOptions } from "../../src/draft/mod.ts";
import { writeRandomDrafter } from "./_random_drafter.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);
const FACTS = { vocabSize: 512, isSoftware: true };

/** The reference implementation's `mc_sim_7b_63`: which child, level by level. */
const MC_SIM_7B_63 = [
  [[0], [1], [2], [3]],
  [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [2, 0], [2, 1], [3, 0]],
  [[0, 0, 0], [0, 0, 1], [0, 0, 2], [0, 1, 0], [0, 1, 1], [0, 2, 0]],
  [[0, 2, 1], [1, 0, 0]],
  [[0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 2]],
  [[0, 0, 0, 0, 0], [0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0]],
].flat().map(String);

for (const kind of ["jakiro_star", "jakiro", "eagle"] as const) {
  Deno.test(`Model.generate() writes the same ids with static trees of a ${kind} drafter, whose places are the reference's`, async () => {
    const directory = await Deno.makeTempDir();
    try {
      await writeRandomDrafter(directory, { kind });
      const drafter = new URL(`file://${directory}/`);
      const tree = resolveTreeOptions({ shape: "static" }, FACTS);
      using run = await DraftRun.open({ target: STORIES, drafter, tree });
      run.begin([1, 403, 407, 261, 378]);
      for (let round = 0; round < 2; round++) {
        const { nodes } = await run.round();
        const places: string[] = [];
        const scores: number[] = [];
        nodes.forEach(({ parent, score }, index) => {
          const elder = nodes.findLastIndex((other, before) =>
            before < index && other.parent === parent
          );
          const rank = elder < 0 || parent === null
            ? 0
            : Number(places[elder]?.split(",").at(-1)) + 1;
          // Siblings stand in the order of their scores.
          if (rank > 0) {
            assertEquals(score <= (scores[elder] ?? NaN), true);
          }
          scores.push(score);
          const above = parent === null ? "" : places[parent] ?? "?";
          const path = above === "" ? `${rank}` : `${above},${rank}`;
          places.push(parent === null ? "" : path);
        });
        assertEquals(places.slice(1).sort(), MC_SIM_7B_63.toSorted());
      }
      for (const dtype of ["f32", "f16"] as const) {
        await assertLossless({
          dtype,
          draft: directory,
          tree: { shape: "static" },
        }, {
          numPrompts: 1,
          maxTokens: 30,
          samplings: SAMPLINGS.slice(0, 2),
        });
      }
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}

Deno.test("resolveTreeOptions() rejects a static tree of another size, and other shapes", () => {
  assertThrows(
    () => resolveTreeOptions({ shape: "static", topK: 5 }, FACTS),
    RangeError,
    'its sizes are fixed: "topK" is 5',
  );
  assertThrows(
    () => resolveTreeOptions(JSON.parse('{"shape":"round"}'), FACTS),
    RangeError,
    "must be dynamic or static: round",
  );
});
