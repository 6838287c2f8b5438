import { assert, assertEquals, assertRejects } from "@std/assert";
import { collect } from "../decode/_collect.ts";
import { loadModel } from "../../mod.ts";
import { writeRandomDrafter } from "./_random_drafter.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);
const TREE = { numNodes: 16, depth: 3, topK: 4 } as const;
const PROMPT = "Once upon a time";

for (const kind of ["jakiro", "jakiro_star", "eagle"] as const) {
  Deno.test(`loadModel() lets a ${kind} drafter propose from few tokens, and the text is the same`, async () => {
    const directory = await Deno.makeTempDir();
    try {
      await writeRandomDrafter(directory, { kind });
      const draft = kind === "jakiro"
        ? new URL("drafter/", STORIES)
        : directory;
      const texts: number[][] = [];
      for (const draftVocab of [undefined, 400, 16]) {
        using model = await loadModel(STORIES, {
          draft: draftVocab === undefined ? "none" : draft,
          tree: TREE,
          ...draftVocab === undefined ? {} : { draftVocab },
        });
        for (const temperature of [0, 1]) {
          const { statistics } = await collect(model.generate(PROMPT, {
            temperature,
            seed: 4,
            maxTokens: 60,
            ignoreEos: true,
          }));
          texts.push([...statistics.tokens]);
        }
        if (draftVocab === undefined) continue;
        const { nodes } = await model.draftTree(PROMPT);
        // The first of the vocabulary, and the two that end a text, which are among them here.
        assert(nodes.slice(1).every(({ token }) => token < draftVocab));
      }
      assertEquals(texts.slice(2, 4), texts.slice(0, 2));
      assertEquals(texts.slice(4), texts.slice(0, 2));
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}

Deno.test("loadModel() drafts from all tokens as without the option", async () => {
  const trees = [];
  for (const draftVocab of [undefined, 512, 511]) {
    using model = await loadModel(STORIES, {
      tree: TREE,
      ...draftVocab === undefined ? {} : { draftVocab },
    });
    trees.push((await model.draftTree(PROMPT)).nodes);
  }
  const [all, whole, nearly] = trees;
  assertEquals(whole, all);
  // The last token of the vocabulary is none of these.
  assertEquals(
    nearly?.map(({ token, parent }) => [token, parent]),
    all?.map(({ token, parent }) => [token, parent]),
  );
});

Deno.test("loadModel() refuses to draft from too few tokens", async () => {
  for (const draftVocab of [15, 0, 20.5]) {
    await assertRejects(
      () => loadModel(STORIES, { draftVocab }),
      RangeError,
      `Cannot draft as "draftVocab" must be an integer of at least 16: ${draftVocab}`,
    );
  }
});
