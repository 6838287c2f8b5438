import { assertEquals } from "@std/assert";
import { chooseLane, type LaneLoad } from "../../src/server/choose_lane.ts";
import { PromptMemory } from "../../src/server/prompt_memory.ts";

const PROMPT = [1, 2, 3, 4, 5, 6];

function lane(
  numRunning: number,
  known: readonly (readonly number[])[] = [],
  state: LaneLoad["state"] = "ready",
): LaneLoad {
  const memory = new PromptMemory();
  for (const prompt of known) memory.add(prompt);
  return { numRunning, memory, state };
}

Deno.test("chooseLane() takes the lane that knows the prompt, else the one with least to do", () => {
  const knowing = [[9], PROMPT.slice(0, 3)];
  const cases: (readonly [expected: number, LaneLoad, ...LaneLoad[]])[] = [
    [0, lane(5)],
    [0, lane(0), lane(0)],
    [1, lane(1), lane(0), lane(0)],
    [1, lane(0), lane(2, knowing)],
    // Others have much less to do.
    [0, lane(0), lane(3, knowing)],
    // Less than half is known.
    [0, lane(0), lane(1, [PROMPT.slice(0, 2)])],
    [2, lane(0), lane(0, knowing), lane(1, [PROMPT.slice(0, 5)])],
    // Who is not there yet waits.
    [1, lane(0, knowing, "loading"), lane(5)],
    [1, lane(0, knowing, "resting"), lane(5, [], "loading")],
    [0, lane(0, [], "resting"), lane(0, [], "closed")],
  ];
  for (const [expected, first, ...others] of cases) {
    const lanes = [first, ...others] as const;
    assertEquals(
      lanes.indexOf(chooseLane([first, ...others], PROMPT)),
      expected,
    );
  }
});

Deno.test("PromptMemory.countShared() goes by the last prompts, of a conversation by its last turn", () => {
  const memory = new PromptMemory();
  assertEquals(memory.countShared(PROMPT), 0);
  memory.add([1, 2, 3]);
  memory.add([7, 8]);
  assertEquals(memory.countShared(PROMPT), 3);
  for (let turn = 4; turn < 40; turn++) memory.add(PROMPT.slice(0, turn));
  assertEquals(memory.countShared([7, 8]), 2);
  for (let number = 100; number < 107; number++) memory.add([number]);
  assertEquals(memory.countShared(PROMPT), PROMPT.length);
  memory.add([107]);
  assertEquals(memory.countShared(PROMPT), 0);
  memory.clear();
  assertEquals(memory.countShared([107]), 0);
});
