import { assertEquals } from "@std/assert";
import type { Op } from "../../src/ops/mod.ts";
import { RoundLists } from "../../src/decode/round_lists.ts";

Deno.test("RoundLists.reach() lists a round anew where a text has grown much longer, and seldom else", () => {
  const listed: (number | undefined)[] = [];
  const layer: Op = (_numRows, reach) => {
    listed.push(reach?.numKeys);
    return [];
  };
  const none: Op = () => [];
  const rounds = new RoundLists({
    forward: { layers: [layer], norm: none, lmHead: none },
    commit: [],
    plans: [],
  });
  const take = (): readonly (number | undefined)[] => {
    void rounds.parts;
    return listed.splice(0);
  };
  rounds.start([]);
  rounds.reach(7);
  assertEquals(take(), [1024]);
  for (const numKeys of [8, 1000, 1024, 3]) {
    rounds.reach(numKeys);
    assertEquals(take(), [], `${numKeys} keys`);
  }
  rounds.reach(1025);
  assertEquals(take(), [2048]);
  // What may be ahead of the device has turned out not to be.
  rounds.reach(1020);
  assertEquals(take(), []);
  rounds.reach(5000);
  assertEquals(take(), [8192]);
  // The next text is a short one.
  rounds.start([]);
  rounds.reach(20);
  assertEquals(take(), [1024]);
});
