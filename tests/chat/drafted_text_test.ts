import { assert, assertEquals } from "@std/assert";
import { DraftedText, type TextRun } from "../../src/chat/drafted_text.ts";
import { Random } from "../checkpoint/random.ts";
import { STORIES_URL, TEXT_PIECES } from "../text/fixtures.ts";
import { TextStream } from "../../src/decode/text_stream.ts";
import { Tokenizer } from "../../mod.ts";

/** A token's content as the vocabulary writes it, and whether it was drafted. */
type Step = readonly [content: string, isDrafted: boolean];

const tokenizer = await Tokenizer.load(STORIES_URL);
const model = { tokenizer, chatTemplate: null };
const own = (text: string): TextRun => ({ text, isDrafted: false });
const drafted = (text: string): TextRun => ({ text, isDrafted: true });

/** Runs of each chunk, of the same chunks as a generation makes of these steps. */
function follow(
  chunks: readonly (readonly Step[])[],
  { prompt = "Once", stop = [] }: {
    readonly prompt?: string;
    readonly stop?: readonly string[];
  } = {},
): TextRun[][] {
  const ids = tokenizer.encode(prompt);
  const stream = new TextStream({ tokenizer, prompt: ids, stop });
  const text = new DraftedText(model, prompt);
  const shown: TextRun[][] = [];
  const take = (chunk: Parameters<typeof text.push>[0]): void => {
    const runs = text.push(chunk);
    assertEquals(runs.map((run) => run.text).join(""), chunk.text);
    shown.push([...runs]);
  };
  for (const steps of chunks) {
    const piece = stream.push({
      tokens: steps.map(([content, isDrafted]) => {
        const id = tokenizer.idOf(content);
        assert(id !== undefined, content);
        return { id, rank: isDrafted ? 1 : 0, logProb: 0, top: [], round: 0 };
      }),
    });
    take({
      text: piece.text,
      tokens: piece.tokens.map(({ id }) => id),
      drafted: piece.tokens.map(({ rank }) => rank > 0),
    });
  }
  take({ text: stream.flush().text, tokens: [], drafted: [] });
  return shown;
}

Deno.test("DraftedText joins neighbours of one origin", () => {
  assertEquals(
    follow([
      [[",", false]],
      [["▁there", true], ["▁was", true], ["▁a", false], ["▁little", false]],
      [["▁g", true], ["ir", false], ["l", true]],
    ]),
    [
      [own(",")],
      [drafted(" there was"), own(" a little")],
      [drafted(" g"), own("ir"), drafted("l")],
      [],
    ],
  );
});

Deno.test("DraftedText loses the first space as the text does", () => {
  const steps: Step[][] = [[["▁there", true], ["▁was", false]]];
  assertEquals(follow(steps)[0], [drafted(" there"), own(" was")]);
  assertEquals(
    follow(steps, { prompt: "" })[0],
    [drafted("there"), own(" was")],
  );
});

Deno.test("DraftedText gives a character to the token that completes it", () => {
  assertEquals(
    follow([
      [["a", false], ["<0xC3>", false]],
      [["<0xA9>", true], ["b", false]],
    ]),
    [[own("a")], [drafted("é"), own("b")], []],
  );
  assertEquals(
    follow([[["a", false], ["<0xC3>", true]]]),
    [[own("a")], [drafted("\ufffd")]],
  );
});

Deno.test("DraftedText shows nothing of a stop string, nor what it holds back", () => {
  const stop = ["▁was a".replace("▁", " ")];
  const steps: Step[][] = [
    [["▁there", true], ["▁was", true]],
    [["▁the", false], ["▁was", true], ["▁a", true]],
  ];
  assertEquals(follow(steps, { stop }), [
    [drafted(" there")],
    [drafted(" was"), own(" the")],
    [],
  ]);
  const held: Step[][] = [[["▁there", false], ["▁was", true]]];
  assertEquals(follow(held, { stop }), [[own(" there")], [drafted(" was")]]);
});

Deno.test("DraftedText makes up the text of chunks of any tokens", () => {
  const random = new Random(11);
  for (let trial = 0; trial < 200; trial++) {
    const steps = Array.from(
      { length: random.below(12) },
      () =>
        Array.from({ length: random.below(5) }, (): Step => {
          const id = random.below(tokenizer.vocabSize);
          return [tokenizer.tokenText(id) ?? "a", random.below(2) === 1];
        }),
    );
    // Each chunk's runs are compared with its text inside.
    follow(steps, {
      prompt: random.pick(["", ...TEXT_PIECES]),
      stop: random.pick([[], ["e"], ["\ufffd", "th"]]),
    });
  }
});
