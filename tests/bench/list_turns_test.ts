import { assertEquals } from "@std/assert";
import { listTurns } from "../../src/bench/list_turns.ts";

Deno.test("listTurns() goes through all prompts each time, and begins with another way each turn", () => {
  assertEquals(listTurns({ numWays: 3, numPrompts: 2, repeat: 2 }), [
    { prompt: 0, repetition: 0, order: [0, 1, 2] },
    { prompt: 1, repetition: 0, order: [1, 2, 0] },
    { prompt: 0, repetition: 1, order: [2, 0, 1] },
    { prompt: 1, repetition: 1, order: [0, 1, 2] },
  ]);
  assertEquals(listTurns({ numWays: 2, numPrompts: 0, repeat: 5 }), []);
});
