import { assert, assertEquals, assertLess } from "@std/assert";
import { DraftRun } from "../draft/_draft_run.ts";
import { measureGears } from "../../src/decode/measure_gears.ts";
import { Session } from "../../src/decode/session.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);
const TREES = [
  { numNodes: 60, depth: 5, topK: 8 },
  { numNodes: 3, depth: 2, topK: 1 },
] as const;

Deno.test("measureGears() times plain rounds, small trees and large ones, and leaves the session as good as new", async () => {
  using run = await DraftRun.open({
    target: STORIES,
    drafter: new URL("drafter/", STORIES),
    tree: TREES[0],
  });
  const { gpu, target, drafter } = run;
  using session = new Session(gpu, target, {
    drafter,
    tree: TREES[0],
    others: TREES.slice(1),
  });
  const sizes = { numGears: 3, contextLength: target.contextLength };
  const costs = await measureGears(gpu, session, sizes);
  assert(costs !== null);
  const [plain = NaN, large = NaN, small = NaN] = costs;
  assertLess(0, plain);
  // A tree of 60 takes twenty times the rows of one of 3, on whatever device.
  assertLess(small, large);
  assertEquals(session.cachedTokens, []);
  assertEquals(
    await measureGears(gpu, session, { ...sizes, contextLength: 12 }),
    null,
  );
});
