import { assertEquals } from "@std/assert";
import { writeMessages } from "../../../src/server/page/turn.js";

function turnOf(question: string, answer: readonly string[], system = "") {
  const pieces = answer.map((text) => ({ text, drafted: false }));
  return { question, pieces, system, fields: { seed: 1 } };
}

Deno.test("writeMessages() ends with what is to be answered", () => {
  const turns = [turnOf("A", ["b", "c"]), turnOf("D", [])];
  assertEquals(writeMessages(turns), [
    { role: "user", content: "A" },
    { role: "assistant", content: "bc" },
    { role: "user", content: "D" },
  ]);
});

Deno.test("writeMessages() begins with the instructions", () => {
  assertEquals(writeMessages([turnOf("A", [], "Be kind.")]), [
    { role: "system", content: "Be kind." },
    { role: "user", content: "A" },
  ]);
});

Deno.test("writeMessages() leaves out what was never answered", () => {
  const turns = [turnOf("A", []), turnOf("B", ["c"]), turnOf("D", ["e", "f"])];
  assertEquals(writeMessages(turns, 1), [
    { role: "user", content: "B" },
    { role: "assistant", content: "c" },
    { role: "user", content: "D" },
    { role: "assistant", content: "e" },
  ]);
});
