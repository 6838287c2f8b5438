import { assert, assertEquals } from "@std/assert";
import { assertErrorAsync } from "../checkpoint/assert_error.ts";
import { ChatTemplate, Tokenizer } from "../../src/text/mod.ts";
import {
  ownTexts,
  type OwnTextsOptions,
  readOwnPrompts,
} from "../../src/train/own_texts.ts";
import { STORIES_URL } from "../text/fixtures.ts";
import type { Teacher } from "../../src/decode/teacher.ts";
import type { TextModel } from "../../src/train/encode_record.ts";
import { toDocument } from "../../src/train/written_file.ts";
import { withDirectory } from "../checkpoint/tiny_model.ts";

const TEMPLATE = new ChatTemplate(
  "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant:",
  { name: "chat_template.jinja" },
);

/** A teacher that writes up to a length, each text ending where its randomness says, four side by side. */
function fakeTeacher(length: number): Pick<Teacher, "write" | "dtype"> {
  return {
    dtype: "f32",
    async *write({ nextPrompt, random }) {
      let numBegun = 0;
      let begun: { index: number; prompt: readonly number[] }[] = [];
      do {
        while (begun.length < 4) {
          const prompt = nextPrompt();
          if (prompt === null) break;
          begun.push({ index: numBegun++, prompt });
        }
        // The last begun is the first to end.
        for (const { index, prompt } of begun.reverse()) {
          const room = length - prompt.length;
          const numOwn = 1 + Math.floor(random(index, 0) * room);
          const own = Array.from(
            { length: Math.min(numOwn, room) },
            (_, at) => Math.floor(random(index, at) * 512),
          );
          await Promise.resolve();
          const promptLength = prompt.length;
          yield { index, promptLength, tokenIds: [...prompt, ...own] };
        }
        const wasBusy = begun.length > 0;
        begun = [];
        if (!wasBusy) return;
      } while (true);
    },
  };
}

async function readPrompts(
  text: string,
  { name = "prompts.txt", length = 64, chatTemplate = null }: {
    readonly name?: string;
    readonly length?: number;
    readonly chatTemplate?: TextModel["chatTemplate"];
  } = {},
): Promise<{ texts: string[]; notes: string[] }> {
  const tokenizer = await Tokenizer.load(STORIES_URL);
  const notes: string[] = [];
  const texts: string[] = [];
  await withDirectory(async (directory) => {
    const path = `${directory}/${name}`;
    await Deno.writeTextFile(path, text);
    const { ids, source } = await readOwnPrompts(path, {
      model: { tokenizer, chatTemplate, vocabSize: 512, eosTokenIds: [2] },
      config: { bosTokenId: 1 },
      length,
      onProgress: (progress) => {
        if (progress.phase === "note") notes.push(progress.text);
      },
    });
    assertEquals(source?.name, name);
    texts.push(...ids.map((prompt) => tokenizer.decode(prompt)));
  });
  return { texts, notes };
}

Deno.test("readOwnPrompts() reads lines, and messages, prompts and turns of JSON lines", async () => {
  assertEquals(await readPrompts("One\n\nTwo dogs\n"), {
    texts: ["One", "Two dogs"],
    notes: [],
  });
  const lines = [
    { prompt: "One" },
    { turns: ["Two", "Three"] },
    { messages: [{ role: "user", content: "Four" }] },
  ].map((line) => JSON.stringify(line)).join("\n");
  const name = "prompts.jsonl";
  assertEquals(
    (await readPrompts(lines, { name, chatTemplate: TEMPLATE })).texts,
    ["One", "Two", "Four"].map((text) => `user: ${text}\nassistant:`),
  );
});

Deno.test("readOwnPrompts() leaves out what does not fit, and says so", async () => {
  const text = `One\n${"Once upon a time ".repeat(20)}`;
  assertEquals(await readPrompts(text, { length: 20 }), {
    texts: ["One"],
    notes: ["1 of 2 prompts are left out: they do not fit 20 tokens"],
  });
  await assertErrorAsync(() =>
    readOwnPrompts(undefined, {
      model: {} as TextModel,
      config: { bosTokenId: null },
      length: 8,
      onProgress: () => {},
    }), [
    RangeError,
    "Cannot let the model write its own texts as its config.json must have a bos_token_id: found none (give --prompts or --data)",
  ]);
});

Deno.test("ownTexts() writes enough and no more than the texts begun, and keeps them", async () => {
  await withDirectory(async (out) => {
    const [length, numTokens] = [20, 500];
    const options: OwnTextsOptions = {
      out,
      targetSha256: "aa",
      prompts: { ids: [[1], [1, 7, 8]], source: null },
      numTokens,
      length,
      seed: 3,
      endTokens: [2],
      signal: undefined,
      onProgress: () => {},
    };
    const texts = await ownTexts(fakeTeacher(length), options);
    const sum = texts.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0);
    assert(sum >= numTokens && sum < numTokens + 4 * length, `${sum}`);
    for (const [index, { tokenIds, promptLength }] of texts.entries()) {
      const prompt = options.prompts.ids[index % 2] ?? [];
      assertEquals(tokenIds.slice(0, promptLength), prompt);
    }
    const silent = { dtype: "f32", write: () => fail() } as const;
    assertEquals(await ownTexts(silent, options), texts);
    const other = await ownTexts(fakeTeacher(length), { ...options, seed: 4 });
    assert(other[0]?.tokenIds.join() !== texts[0]?.tokenIds.join());
  });
});

Deno.test("ownTexts() ends where it is told to, and keeps nothing", async () => {
  await withDirectory(async (out) => {
    const run = () =>
      ownTexts(fakeTeacher(20), {
        out,
        targetSha256: "aa",
        prompts: { ids: [[1]], source: null },
        numTokens: 500,
        length: 20,
        seed: 3,
        endTokens: [2],
        signal: AbortSignal.abort(),
        onProgress: () => {},
      });
    await assertErrorAsync(run, [DOMException, "The signal has been aborted"]);
    assertEquals(await Array.fromAsync(Deno.readDir(out)), []);
  });
});

Deno.test("toDocument() has what the target wrote learnt, and not its prompt", () => {
  const tokenIds = [1, 5, 6, 7];
  assertEquals(toDocument({ tokenIds, promptLength: 1 }), { tokenIds });
  assertEquals(toDocument({ tokenIds, promptLength: 3 }), {
    tokenIds,
    isLearnt: [false, false, false, true],
  });
});

function fail(): never {
  throw new Error("must not be called");
}
