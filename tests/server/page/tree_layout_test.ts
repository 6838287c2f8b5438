import { assert, assertEquals } from "@std/assert";
import { layOutTree, showText } from "../../../src/server/page/tree_layout.js";

interface Node {
  readonly id: number;
  readonly parent: number | null;
  readonly text: string;
  readonly score: number;
  readonly branch: string | null;
  readonly accepted: boolean;
}

/** A tree in which each node's text is as long as its id says, in an order that puts parents first. */
function treeOf(parents: readonly (number | null)[]): readonly Node[] {
  return parents.map((parent, id) => ({
    id,
    parent,
    text: "x".repeat(1 + id * 7 % 12),
    score: -id / 2,
    branch: null,
    accepted: false,
  }));
}

Deno.test("layOutTree() lets no two nodes touch, and keeps all in its size", () => {
  for (
    const parents of [
      [null],
      [null, 0, 0, 0],
      [null, 0, 0, 1, 1, 2, 3, 3, 6, 5, 2],
      Array.from({ length: 64 }, (_, id) => id === 0 ? null : (id - 1) >> 1),
      Array.from({ length: 10 }, (_, id) => id === 0 ? null : id - 1),
    ]
  ) {
    const { places, width, height } = layOutTree(treeOf(parents));
    assertEquals(places.map(({ node }) => node.id), [...parents.keys()]);
    for (const [index, a] of places.entries()) {
      assert(a.x >= 0 && a.x + a.width <= width, `width at ${index}`);
      assert(a.y > 0 && a.y < height, `height at ${index}`);
      assert(a.parent === null || a.parent.x + a.parent.width < a.x);
      for (const b of places.slice(index + 1)) {
        const isApart = a.x + a.width < b.x || b.x + b.width < a.x ||
          Math.abs(a.y - b.y) >= 30;
        assert(isApart, `${a.node.id} touches ${b.node.id}`);
      }
    }
  }
});

Deno.test("layOutTree() says how likely the drafter held a node behind its parent", () => {
  const scores = [0, Math.log(0.5), Math.log(0.5 * 0.25), -9, 0.1];
  const nodes = treeOf([null, 0, 1, 0, 0])
    .map((node, index) => ({ ...node, score: scores[index] ?? 0 }));
  assertEquals(layOutTree(nodes).places.map(({ share }) => share), [
    "",
    "50%",
    "25%",
    "<1%",
    "100%",
  ]);
});

Deno.test("layOutTree() draws nothing of an empty tree", () => {
  assertEquals(layOutTree([]), { places: [], width: 0, height: 0 });
});

Deno.test("showText() shows what cannot be seen, and cuts what is long", () => {
  assertEquals(showText(" a b"), "·a·b");
  assertEquals(showText("\n\t"), "⏎⇥");
  assertEquals(showText(""), "∅");
  assertEquals(showText("😀".repeat(16)), "😀".repeat(16));
  assertEquals(showText("😀".repeat(17)), `${"😀".repeat(15)}…`);
});
