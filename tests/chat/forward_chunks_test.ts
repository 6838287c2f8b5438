import { assertEquals, assertRejects } from "@std/assert";
import { type Chunk, type GenerateStatistics, Tokenizer } from "../../mod.ts";
import { DraftedText } from "../../src/chat/drafted_text.ts";
import { forwardChunks } from "../../src/chat/forward_chunks.ts";
import { ROUNDS, statistics } from "./_fake.ts";
import { STORIES_URL } from "../text/fixtures.ts";

const AT_FIRST = { elapsedMs: 1, soFar: ROUNDS } as const;

/** Notes in `events` what it yields, and that it has freed what it held. */
async function* generate(
  texts: readonly string[],
  events: string[],
): AsyncGenerator<Chunk, GenerateStatistics> {
  try {
    for (const text of texts) {
      await Promise.resolve();
      events.push(`yield ${text}`);
      yield { text, tokens: [1], drafted: [false], ...AT_FIRST };
    }
    return statistics(texts.join(""));
  } finally {
    events.push("freed");
  }
}

Deno.test("forwardChunks() writes each piece at once, but for empty ones", async () => {
  const events: string[] = [];
  const result = await forwardChunks(
    generate(["a", "", "b"], events),
    (text) => events.push(`write ${text}`),
  );
  assertEquals(result.text, "ab");
  assertEquals(
    events,
    ["yield a", "write a", "yield ", "yield b", "write b", "freed"],
  );
});

Deno.test("forwardChunks() ends the generation when writing fails", async () => {
  const events: string[] = [];
  const broken = new Deno.errors.BrokenPipe("gone");
  const error = await assertRejects(() =>
    forwardChunks(generate(["a", "b"], events), () => {
      throw broken;
    })
  );
  assertEquals(error, broken);
  assertEquals(events, ["yield a", "freed"]);
});

Deno.test("forwardChunks() tells what was drafted, also of text held back", async () => {
  const tokenizer = await Tokenizer.load(STORIES_URL);
  const [there = 0, was = 0] = ["▁there", "▁was"].map((content) =>
    tokenizer.idOf(content)
  );
  async function* chunks(): AsyncGenerator<Chunk, GenerateStatistics> {
    yield { text: "", tokens: [there], drafted: [true], ...AT_FIRST };
    await Promise.resolve();
    yield { text: " there was", tokens: [was], drafted: [false], ...AT_FIRST };
    return statistics("");
  }
  const written: [string, boolean][] = [];
  const drafted = new DraftedText({ tokenizer, chatTemplate: null }, "Once");
  await forwardChunks(chunks(), (...piece) => written.push(piece), { drafted });
  assertEquals(written, [[" there", true], [" was", false]]);
});
