import { assertEquals, assertRejects } from "@std/assert";
import type { ChatSettings } from "../../src/chat/chat_settings.ts";
import { FakeIo, FakeModel } from "./_fake.ts";
import { runChat } from "../../src/chat/run_chat.ts";

const SETTINGS: ChatSettings = {
  options: { topK: 1 },
  set: (name, value) => `${name} ${value}`,
  describe: () => ["top-k 1", "seed default"],
};

async function run(
  io: FakeIo,
  answers: (readonly (string | Error)[])[] = [],
  model: FakeModel = new FakeModel(),
): Promise<number> {
  model.answers = answers;
  const status = await runChat({
    model,
    isTemplated: true,
    messages: [],
    settings: SETTINGS,
    io,
    describeError: (error) => error instanceof Error ? error.message : "?",
  });
  assertEquals(io.isListening, false);
  return status;
}

Deno.test("runChat() answers piped lines, without prompts", async () => {
  const io = new FakeIo(["a", "b"]);
  assertEquals(await run(io, [["A"], ["B"]]), 0);
  assertEquals(io.shown, ["answer:A", "answer:\n", "answer:B", "answer:\n"]);
});

Deno.test("runChat() prompts a person, and ends on a line of its own", async () => {
  const io = new FakeIo(["a"], { isInteractive: true });
  assertEquals(await run(io, [["A"]]), 0);
  assertEquals(io.shown, [
    "prompt:> ",
    "answer:A",
    "answer:\n",
    "prompt:> ",
    "note:",
  ]);
});

Deno.test("runChat() goes on after errors, and remembers them for a pipe", async () => {
  for (const isInteractive of [false, true]) {
    const io = new FakeIo(["a", "/nope", "/clear now", "b"], { isInteractive });
    const status = await run(io, [[new RangeError("too long")], ["B"]]);
    assertEquals(status, isInteractive ? 0 : 1);
    assertEquals(io.shown.filter((line) => line.startsWith("error:")), [
      "error:too long (the message was not kept)",
      'error:Cannot run /nope as it must be a command: see /help (nothing was sent; a message that begins with "/" goes between """)',
      'error:Cannot run /clear as nothing must follow it: found "now"',
    ]);
    assertEquals(io.written, "B\n");
  }
});

Deno.test("runChat() leaves at /exit", async () => {
  const io = new FakeIo(["/exit", "a"], { isInteractive: true });
  assertEquals(await run(io), 0);
  assertEquals(io.shown, ["prompt:> "]);
});

Deno.test("runChat() ends when the reader has gone", async () => {
  const io = new FakeIo(["a", "b"]);
  io.write = () => {
    throw new Deno.errors.BrokenPipe("gone");
  };
  await assertRejects(() => run(io, [["A"]]), Deno.errors.BrokenPipe);
});

Deno.test("runChat() stops an answer at Ctrl-C, and leaves at the second", async () => {
  const io = new FakeIo(["a", "b"], { isInteractive: true });
  const model = new FakeModel();
  let numWords = 0;
  model.onWord = () => numWords++ === 1 && io.interrupt();
  assertEquals(await run(io, [["A", "B"], ["C"]], model), 0);
  assertEquals(io.shown.slice(1, 4), ["answer:A", "answer:\n", "note:stopped"]);
  assertEquals([io.written, io.exits], ["A\nC\n", []]);
  const stuck = new FakeIo(["a"]);
  model.onWord = () => {
    stuck.interrupt();
    stuck.interrupt();
  };
  await run(stuck, [["A"]], model);
  assertEquals(stuck.exits, [130]);
});

Deno.test("runChat() leaves at the second Ctrl-C in a row at the prompt", async () => {
  const io: FakeIo = new FakeIo([
    () => io.interrupt(),
    "a",
    () => io.interrupt(),
    () => io.interrupt(),
  ], { isInteractive: true });
  assertEquals(await run(io, [["A"]]), 0);
  assertEquals(io.written, "A\n");
  const hint = "note:Ctrl-C again, Ctrl-D or /exit leaves";
  assertEquals(io.shown.filter((line) => line === hint).length, 2);
  assertEquals(io.exits, []);
});

Deno.test("runChat() drops an unfinished turn at Ctrl-C", async () => {
  const io: FakeIo = new FakeIo(["a\\", () => io.interrupt(), "b"], {
    isInteractive: true,
  });
  const model = new FakeModel();
  await run(io, [["B"]], model);
  assertEquals(model.asked[0]?.prompt, [{ role: "user", content: "b" }]);
  assertEquals(io.shown.slice(0, 4), [
    "prompt:> ",
    "prompt:… ",
    "note:",
    "prompt:> ",
  ]);
});
