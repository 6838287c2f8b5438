import { assertEquals, assertRejects } from "@std/assert";
import { ChatTemplate } from "../../mod.ts";
import { readPrompt, toQuestion } from "../../src/cli/read_prompt.ts";
import { UsageError } from "../../src/cli/usage_error.ts";

function streamOf(
  ...parts: (string | Uint8Array)[]
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return ReadableStream.from(
    parts.map((part) => typeof part === "string" ? encoder.encode(part) : part),
  );
}

Deno.test("readPrompt() takes the operand or the ids", async () => {
  assertEquals(await readPrompt({}, ["hi"]), "hi");
  assertEquals(await readPrompt({}, [""]), "");
  assertEquals(await readPrompt({ promptIds: [1, 2] }, []), [1, 2]);
});

Deno.test("readPrompt() leaves out one line end of standard input", async () => {
  const cases: [string[], string][] = [
    [["hi\n"], "hi"],
    [["hi\r\n"], "hi"],
    [["hi\n\n"], "hi\n"],
    [["a\nb"], "a\nb"],
    [["hi \n"], "hi "],
    [[""], ""],
    [["\n"], ""],
  ];
  for (const [parts, prompt] of cases) {
    assertEquals(
      await readPrompt({}, ["-"], { input: streamOf(...parts) }),
      prompt,
    );
  }
});

Deno.test("readPrompt() joins the bytes of a character", async () => {
  const [first, ...rest] = new TextEncoder().encode("é");
  const input = streamOf(Uint8Array.of(first ?? 0), Uint8Array.from(rest));
  assertEquals(await readPrompt({}, ["-"], { input }), "é");
});

Deno.test("readPrompt() refuses no prompt, two, and bytes that are no text", async () => {
  await assertRejects(() => readPrompt({}, []), UsageError, "found none");
  await assertRejects(() => readPrompt({}, ["a", "b"]), UsageError, "found 2");
  await assertRejects(
    () => readPrompt({ promptIds: [1, 2] }, ["a"]),
    UsageError,
    'either it or --prompt-ids must be given: found both, "a" and 1,2',
  );
  await assertRejects(
    () => readPrompt({}, ["-"], { input: streamOf(Uint8Array.of(0xff)) }),
    SyntaxError,
    "UTF-8",
  );
});

Deno.test("toQuestion() makes text a message where the model knows turns", () => {
  const model = {
    chatTemplate: new ChatTemplate("{{ messages }}", { name: "test" }),
  };
  const message = [{ role: "user", content: "hi" }];
  assertEquals(toQuestion(model, "hi", {}), message);
  assertEquals(toQuestion(model, "hi", { raw: true }), "hi");
  assertEquals(toQuestion(model, [1, 2], {}), [1, 2]);
  assertEquals(toQuestion({ chatTemplate: null }, "hi", {}), "hi");
});
