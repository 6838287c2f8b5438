import { assertEquals } from "@std/assert";
import { at } from "../reference/lib/at.ts";
import { MAX_PATH } from "../reference/lib/rows.ts";
import { assertChooses, PENALTIES, tokenStates } from "./_choose.ts";
import { randomTree } from "./_draft_tree_rows.ts";
import { openHarness } from "./_harness.ts";
import { Random } from "./_random.ts";
import { type Draws, sample } from "./_sampling.ts";

const harness = await openHarness();

/** A tree whose tokens are few, so that ways repeat them, and states of them. */
function repetitiveTree(random: Random): Draws {
  const V = 12;
  const { row } = randomTree(random, {
    numNodes: 40,
    length: 30,
    vocabSize: V,
    maxPath: MAX_PATH,
  });
  return {
    logits: random.normals(row.length * V, 2),
    vocabSize: V,
    row,
    params: { ...PENALTIES, seed: 6, frequencyPenalty: 0.7 },
    bias: random.normals(V),
    tokenState: tokenStates(random, V),
  };
}

Deno.test("choose() counts the tokens on a node's way for the penalties, as its twin", async () => {
  const random = new Random(5);
  for (const temperature of [0, 0.8]) {
    for (const filters of [{}, { topK: 4 }, { topP: 0.8 }, { minP: 0.1 }]) {
      const draws = repetitiveTree(random);
      const params = { ...draws.params, ...filters, temperature };
      const label = JSON.stringify(params);
      await assertChooses(harness, { ...draws, params }, label);
    }
  }
});

Deno.test("choose() chooses at a tree's node bit for bit as in a sequence that holds its way", async () => {
  const random = new Random(6);
  for (const filters of [{}, { topK: 5, topP: 0.9, minP: 0.01 }]) {
    const draws = repetitiveTree(random);
    const { vocabSize: V, logits, row = [], tokenState } = draws;
    const params = { ...draws.params, ...filters };
    const tree = await sample(harness, { ...draws, params });
    for (const [node, { position, path = [] }] of row.entries()) {
      if (node % 3 > 0) continue;
      const counted = new Uint32Array(tokenState ?? []);
      // The root is counted already.
      for (const slot of path.slice(1, position - 30 + 1)) {
        const token = row[slot - 30]?.token ?? NaN;
        counted[token] = at(counted, token) + 1;
      }
      const alone = await sample(harness, {
        ...draws,
        params,
        logits: logits.slice(node * V, (node + 1) * V),
        row: [{ token: 0, position }],
        tokenState: counted,
      });
      assertEquals(
        [alone.cut[0], alone.choice[0]],
        [tree.cut[node], tree.choice[node]],
        `node ${node} of path ${path}`,
      );
    }
  }
});
