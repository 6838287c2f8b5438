import { assertEquals, assertThrows } from "@std/assert";
import { ask, questionIds } from "../../src/chat/question.ts";
import { ChatTemplate, Tokenizer } from "../../mod.ts";
import { FakeModel } from "./_fake.ts";
import { STORIES_URL } from "../text/fixtures.ts";

const MESSAGES = [{ role: "user", content: "Hi" }];
const tokenizer = await Tokenizer.load(STORIES_URL);

Deno.test("ask() answers messages and continues the rest", async () => {
  const model = new FakeModel();
  for (const question of ["a", [1, 2], [], MESSAGES]) {
    await ask(model, question, { topK: 2 }).next();
  }
  assertEquals(
    model.asked.map(({ prompt }) => prompt),
    ["a", "1,2", "", MESSAGES],
  );
  assertEquals(model.asked[0]?.options, { topK: 2 });
});

Deno.test("questionIds() begins a text, and leaves ids and templates as they are", () => {
  const chatTemplate = new ChatTemplate(
    "{% for m in messages %}{{ m.content }}{% endfor %}",
    { name: "test" },
  );
  const model = { tokenizer, chatTemplate };
  const [bos, ...rest] = questionIds(model, "Hi");
  assertEquals(bos, 1);
  assertEquals(questionIds(model, MESSAGES), rest);
  assertEquals(questionIds(model, [7, 8]), [7, 8]);
  assertEquals(questionIds(model, []), []);
});

Deno.test("questionIds() needs a chat template for messages", () => {
  assertThrows(
    () => questionIds({ tokenizer, chatTemplate: null }, MESSAGES),
    TypeError,
    "must have a chat template",
  );
});
