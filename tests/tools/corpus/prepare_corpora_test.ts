import {
  assert,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { Tokenizer } from "../../../src/text/mod.ts";
import {
  prepareCorpora,
  type Prepared,
} from "../../../tools/corpus/prepare_corpora.ts";
import { BEGIN_ID, END_ID } from "../../../tools/tokenizer/chat_form.ts";
import { DIALOGUES, STORIES } from "../fixtures.ts";

function prepare(seed = 1, maxTokens = 256): Prepared {
  return prepareCorpora({ dialogues: DIALOGUES, stories: STORIES }, {
    vocabSize: 480,
    maxTokens,
    storyPasses: 2,
    numSmallTalks: 10,
    seed,
  });
}

function textsOf({ tokenizer, ...documents }: Prepared): {
  readonly train: string[];
  readonly heldOutStories: string[];
} {
  const { json } = tokenizer;
  const library = new Tokenizer({ json, name: "tokenizer.json" });
  const decode = (ids: readonly number[]): string =>
    library.decode(ids, { skipSpecialTokens: false });
  return {
    train: documents.train.map(decode),
    heldOutStories: documents.heldOutStories.map(decode),
  };
}

Deno.test("prepareCorpora() makes the same of the same, and other choices of another seed", () => {
  assertEquals(prepare(), prepare());
  assertNotEquals(prepare().train, prepare(2).train);
});

Deno.test("prepareCorpora() begins documents by the begin token and ends them by an answer's end", () => {
  const { train, heldOutDialogues, heldOutStories } = prepare();
  for (const ids of [...train, ...heldOutDialogues, ...heldOutStories]) {
    assertEquals(ids.indexOf(BEGIN_ID), 0);
    assertEquals(ids.lastIndexOf(BEGIN_ID), 0);
    assertEquals(ids.at(-1), END_ID);
  }
});

Deno.test("prepareCorpora() tells each story as often as asked, and never one that is held out", () => {
  const { train, heldOutStories } = textsOf(prepare());
  assertEquals(heldOutStories.length, 1);
  STORIES.forEach((story, index) => {
    const numTimes = train.join("").split(story).length - 1;
    assertEquals(numTimes, index === 49 ? 0 : 2);
    assertEquals(heldOutStories.join("").includes(story), index === 49);
  });
});

Deno.test("prepareCorpora() asks for what a story is about", () => {
  const { train } = textsOf(prepare());
  const request = /about an? [^?<]*(?:fish|dog|bird|octopus)/;
  const asked = train.filter((text) =>
    request.test(text.split("<|end|>")[0] ?? "")
  );
  assert(asked.length > 20);
  for (const text of asked) {
    const [animal] = /fish|dog|bird|octopus/.exec(text) ?? [""];
    assert(text.includes(`there was a little ${animal}`), text);
  }
});

Deno.test("prepareCorpora() drops the last exchanges of what does not fit", () => {
  const { train } = prepare(1, 70);
  const lengths = train.map((ids) => ids.length);
  assert(Math.max(...lengths) <= 70);
  const texts = textsOf(prepare(1, 70)).train;
  assert(
    texts.some((text) => text.endsWith("<|end|>") && text.includes("pm? It's")),
  );
});

Deno.test("prepareCorpora() refuses corpora too small for the vocabulary", () => {
  assertThrows(
    () =>
      prepareCorpora({ dialogues: [], stories: ["Hi."] }, {
        vocabSize: 2048,
        maxTokens: 64,
        storyPasses: 1,
        numSmallTalks: 0,
        seed: 1,
      }),
    RangeError,
    "pairs to merge",
  );
});
