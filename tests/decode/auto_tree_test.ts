import { assertEquals } from "@std/assert";
import { collect } from "./_collect.ts";
import { loadModel } from "../../mod.ts";
import { writeRandomDrafter } from "../draft/_random_drafter.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);

/** Texts that grow turn by turn, so that each begins with what the one before left in the cache. */
async function writeTurns(draft: string | URL): Promise<number[][]> {
  using model = await loadModel(STORIES, { draft, dtype: "f32" });
  const texts: number[][] = [];
  for (let conversation = 0; conversation < 2; conversation++) {
    let ids = model.tokenizer.encode("Once upon a time");
    for (let turn = 0; turn < 5; turn++) {
      const { statistics } = await collect(model.generate(ids, {
        temperature: turn % 2,
        seed: turn,
        maxTokens: 60,
        ignoreEos: true,
      }));
      texts.push([...statistics.tokens]);
      ids = [...ids, ...statistics.tokens, 400 + turn];
    }
  }
  return texts;
}

Deno.test("Model.generate() writes the same ids whatever trees it chooses, turn by turn", async () => {
  const plain = await writeTurns("none");
  const trained = await writeTurns(new URL("drafter/", STORIES));
  assertEquals(trained, plain);
  const directory = await Deno.makeTempDir();
  try {
    await writeRandomDrafter(directory, { kind: "jakiro" });
    const random = await writeTurns(directory);
    assertEquals(random, plain);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
