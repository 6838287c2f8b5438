import { assertEquals, assertRejects } from "@std/assert";
import { Chat } from "../../src/chat/chat.ts";
import type { RunSplitter } from "../../src/chat/drafted_text.ts";
import { FakeIo, FakeModel } from "./_fake.ts";
import type { Question } from "../../src/chat/question.ts";

function makeChat(
  answers: (readonly (string | Error)[])[],
  { isTemplated = true } = {},
): { chat: Chat; model: FakeModel; io: FakeIo } {
  const model = new FakeModel();
  model.answers = answers;
  const io = new FakeIo([]);
  const chat = new Chat({ model, isTemplated, messages: [], io });
  return { chat, model, io };
}

const user = (content: string) => ({ role: "user", content });
const assistant = (content: string) => ({ role: "assistant", content });
const system = (content: string) => ({ role: "system", content });

Deno.test("Chat.send() writes the answer and keeps the conversation", async () => {
  const { chat, model, io } = makeChat([["A", " b"], ["C"]]);
  const { text } = await chat.send("1", { topK: 2 });
  assertEquals([text, io.written], ["A b", "A b\n"]);
  await chat.send("2", {});
  assertEquals(model.asked, [
    { prompt: [user("1")], options: { topK: 2 } },
    { prompt: [user("1"), assistant("A b"), user("2")], options: {} },
  ]);
  assertEquals(chat.messages.at(-1), assistant("C"));
  assertEquals(chat.statistics?.text, "C");
});

Deno.test("Chat.send() joins texts where there is no template", async () => {
  const { chat, model } = makeChat([[" b"], ["d"]], { isTemplated: false });
  chat.system = "S";
  await chat.send("a", {});
  await chat.send(" c", {});
  assertEquals(model.asked.map(({ prompt }) => prompt), ["Sa", "Sa b c"]);
});

Deno.test("Chat.send() follows what is drafted of what was asked", async () => {
  for (const isTemplated of [true, false]) {
    const model = new FakeModel();
    model.answers = [["A", "b"], ["C"]];
    const io = new FakeIo([]);
    const followed: Question[] = [];
    const followDrafts = (question: Question): RunSplitter => {
      followed.push(question);
      return { push: ({ text }) => [{ text, isDrafted: text === "b" }] };
    };
    const args = { model, isTemplated, messages: [], io };
    const chat = new Chat({ ...args, followDrafts });
    await chat.send("1", {});
    await chat.send("2", {});
    assertEquals(followed, model.asked.map(({ prompt }) => prompt));
    assertEquals([io.written, io.drafted], ["Ab\nC\n", "b"]);
  }
});

Deno.test("Chat.send() keeps the conversation as it was after an error", async () => {
  const { chat, io } = makeChat([["A"], [new RangeError("too long")], [
    "half",
    new RangeError("lost"),
  ]]);
  await chat.send("1", {});
  const before = chat.messages;
  await assertRejects(() => chat.send("2", {}), RangeError, "too long");
  assertEquals([chat.messages, io.written], [before, "A\n"]);
  await assertRejects(() => chat.send("2", {}), RangeError, "lost");
  assertEquals([chat.messages, io.written], [before, "A\nhalf\n"]);
  assertEquals(chat.isAnswering, false);
});

Deno.test("Chat.stop() keeps what there is, and leaves no trace of nothing", async () => {
  const { chat, model } = makeChat([["A", "B", "C"], ["D"]]);
  let numWords = 0;
  model.onWord = () => numWords++ === 2 && chat.stop();
  assertEquals((await chat.send("1", {})).stop, "abort");
  assertEquals(chat.messages, [user("1"), assistant("AB")]);
  model.onWord = () => chat.stop();
  assertEquals((await chat.send("2", {})).text, "");
  assertEquals(chat.messages, [user("1"), assistant("AB")]);
});

Deno.test("Chat.stop() says whether there was something to stop", async () => {
  const { chat, model } = makeChat([["A"]]);
  const stopped: boolean[] = [chat.stop()];
  model.onWord = () => stopped.push(chat.stop(), chat.stop());
  await chat.send("1", {});
  assertEquals(stopped, [false, true, false]);
});

Deno.test("Chat.send() keeps an empty answer that ended by itself", async () => {
  const { chat } = makeChat([[]]);
  await chat.send("1", {});
  assertEquals(chat.messages, [user("1"), assistant("")]);
});

Deno.test("Chat.send() ends the generation when it cannot write", async () => {
  const { chat, io } = makeChat([["A", "B"]]);
  io.write = () => {
    throw new Deno.errors.BrokenPipe("gone");
  };
  await assertRejects(() => chat.send("1", {}), Deno.errors.BrokenPipe);
  assertEquals([chat.messages, chat.isAnswering], [[], false]);
});

Deno.test("Chat.regenerate() answers again with the next seed", async () => {
  const { chat, model } = makeChat([["A"], ["B"], ["B"], []]);
  await chat.send("1", {});
  assertEquals((await chat.regenerate({ topK: 3 })).isSame, false);
  assertEquals((await chat.regenerate({ seed: 5 })).isSame, true);
  assertEquals(model.asked.map(({ options }) => options), [
    {},
    { topK: 3, seed: 42 },
    { seed: 43 },
  ]);
  assertEquals(chat.messages, [user("1"), assistant("B")]);
});

Deno.test("Chat.regenerate() wraps the seed, and leaves it open after a load", async () => {
  const { chat, model } = makeChat([["A"], ["B"]]);
  await chat.send("1", { seed: 2 ** 32 - 1 });
  await chat.regenerate({});
  assertEquals(model.asked[1]?.options, { seed: 0 });
  const loaded = makeChat([["C"]]);
  loaded.chat.messages = chat.messages;
  await loaded.chat.regenerate({});
  assertEquals(loaded.model.asked[0]?.options, {});
});

Deno.test("Chat.regenerate() needs an answer, and keeps it when another fails", async () => {
  const { chat } = makeChat([["A"], [new RangeError("no")]]);
  await assertRejects(() => chat.regenerate({}), RangeError, "it has none");
  await chat.send("1", {});
  await assertRejects(() => chat.regenerate({}), RangeError, "no");
  assertEquals(chat.messages, [user("1"), assistant("A")]);
});

Deno.test("Chat.system comes first, once, and outlives clear()", async () => {
  const { chat } = makeChat([["A"]]);
  assertEquals(chat.system, null);
  await chat.send("1", {});
  chat.system = "S";
  chat.system = "T";
  assertEquals(chat.messages, [system("T"), user("1"), assistant("A")]);
  chat.clear();
  assertEquals([chat.system, chat.messages], ["T", [system("T")]]);
  chat.system = null;
  assertEquals(chat.messages, []);
});
