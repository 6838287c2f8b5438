import { assertEquals, assertThrows } from "@std/assert";
import { readDialogues } from "../../../tools/corpus/read_dialogues.ts";

function line(...contents: string[]): string {
  return JSON.stringify({
    services: ["RentalCars_2"],
    messages: contents.map((content, index) => ({
      role: index % 2 === 0 ? "user" : "assistant",
      content,
    })),
  });
}

Deno.test("readDialogues() cleans lines and names topics", () => {
  assertEquals(readDialogues(`${line("hi  there ,", "It’s fine .")}\n`, "f"), [{
    topics: ["rental cars"],
    messages: [
      { role: "user", content: "hi there," },
      { role: "assistant", content: "It's fine." },
    ],
  }]);
});

Deno.test("readDialogues() puts a space behind a sentence, and none into an address", () => {
  const [dialogue] = readDialogues(
    line("x", "Done.Is it ok? See a.b at 5.30."),
    "f",
  );
  assertEquals(
    dialogue?.messages[1]?.content,
    "Done. Is it ok? See a.b at 5.30.",
  );
});

Deno.test("readDialogues() leaves out careless assistants and strange characters", () => {
  const bad = [
    line("Hi", "which city"),
    line("Hi", "Which city>"),
    line("Hi", "Great | good."),
    line("Hi|", "Which city?"),
    line("Hi", ""),
    line("a", "Yes.", "b", "no", "c", "no."),
  ];
  assertEquals(readDialogues(bad.join("\n"), "f"), []);
  const careless = line("a", "Yes.", "b", "No.", "c", "No.", "d", "hm");
  assertEquals(readDialogues(careless, "f").length, 1);
});

Deno.test("readDialogues() says which line is wrong", () => {
  assertThrows(
    () => readDialogues(`${line("Hi", "Ho.")}\n{`, "f.jsonl"),
    SyntaxError,
    "Cannot read f.jsonl:2 as it must be JSON",
  );
  assertThrows(
    () => readDialogues('{"messages": []}', "f.jsonl"),
    TypeError,
    'Cannot read f.jsonl:1 as "services" must be a list',
  );
  assertThrows(() => readDialogues('{"services": []}', "f.jsonl"), TypeError);
});
