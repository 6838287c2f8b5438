import { assertEquals, assertRejects } from "@std/assert";
import { type Turn, TurnReader } from "../../src/chat/turn_reader.ts";
import { FakeIo } from "./_fake.ts";

async function readAll(lines: readonly string[]): Promise<Turn[]> {
  const reader = new TurnReader(new FakeIo(lines));
  const turns: Turn[] = [];
  for (let turn = await reader.read(); turn !== null;) {
    turns.push(turn);
    turn = await reader.read();
  }
  return turns;
}

async function readTexts(lines: readonly string[]): Promise<string[]> {
  return (await readAll(lines)).map(({ text }) => text);
}

Deno.test("TurnReader takes each line as a turn, and passes over empty ones", async () => {
  assertEquals(await readTexts(["a", "", "  ", " b "]), ["a", " b "]);
  assertEquals(await readTexts([]), []);
});

Deno.test("TurnReader goes on after a backslash", async () => {
  assertEquals(await readTexts(["a\\", "b \\", "", "c"]), ["a\nb \n", "c"]);
  assertEquals(await readTexts(["a\\b", "c"]), ["a\\b", "c"]);
  assertEquals(await readTexts(["a\\"]), ["a"]);
  assertEquals(await readTexts(["\\", ""]), []);
});

Deno.test("TurnReader joins what lies between fences", async () => {
  const cases: [string[], string[]][] = [
    [['"""', "a", "", "b\\", '"""', "c"], ["a\n\nb\\", "c"]],
    [['"""a', 'b"""', "c"], ["a\nb", "c"]],
    [['"""a"""'], ["a"]],
    [['""" a """  '], [" a "]],
    [['""""""', "b"], ["b"]],
    [['"""', '"""', "b"], ["b"]],
    [['"""', "", "a", "", '"""'], ["\na\n"]],
    [['a """', "b"], ['a """', "b"]],
  ];
  for (const [lines, texts] of cases) {
    assertEquals([lines, await readTexts(lines)], [lines, texts]);
  }
});

Deno.test("TurnReader tells commands from messages", async () => {
  assertEquals(
    await readAll(["/help", " /help", '"""/help"""', "/system a\\", "b"]),
    [
      { text: "/help", isCommand: true },
      { text: " /help", isCommand: false },
      { text: "/help", isCommand: false },
      { text: "/system a\nb", isCommand: true },
    ],
  );
});

Deno.test("TurnReader refuses a fence that does not end, once", async () => {
  const reader = new TurnReader(new FakeIo(['"""', "a"]));
  await assertRejects(() => reader.read(), SyntaxError, 'end with """');
  assertEquals(await reader.read(), null);
});

Deno.test("TurnReader reports input that fails, once", async () => {
  const io = new FakeIo([]);
  io.lines.next = () => Promise.reject(new Deno.errors.IsADirectory("no"));
  const reader = new TurnReader(io);
  await assertRejects(() => reader.read(), Deno.errors.IsADirectory);
  assertEquals(await reader.read(), null);
});

Deno.test("TurnReader asks a person for lines", async () => {
  const io = new FakeIo(["a\\", "b"], { isInteractive: true });
  const reader = new TurnReader(io);
  await reader.read();
  assertEquals(io.shown, ["prompt:> ", "prompt:… "]);
});

Deno.test("TurnReader.close() ends a read that waits", async () => {
  const reader: TurnReader = new TurnReader(
    new FakeIo([() => reader.close()]),
  );
  assertEquals(await reader.read(), null);
  assertEquals(await reader.read(), null);
});

Deno.test("TurnReader.reset() forgets an unfinished turn", async () => {
  const reader: TurnReader = new TurnReader(
    new FakeIo(['"""', "a", () => reader.reset(), "b"]),
  );
  assertEquals(await reader.read(), { text: "b", isCommand: false });
});
