import { assertEquals } from "@std/assert";
import { Tokenizer, type TreeNode } from "../../mod.ts";
import { describeTree } from "../../src/cli/describe_tree.ts";
import { STORIES_URL } from "../text/fixtures.ts";

const tokenizer = await Tokenizer.load(STORIES_URL);

function idOf(content: string): number {
  return tokenizer.idOf(content) ?? -1;
}

function node(
  content: string,
  parent: number,
  others: Partial<TreeNode> = {},
): TreeNode {
  return {
    token: idOf(content),
    parent,
    depth: 1,
    score: -1,
    branch: "mixture",
    isAccepted: false,
    ...others,
  };
}

const ROOT = node(",", 0, { parent: null, depth: 0, score: 0, branch: null });

Deno.test("describeTree() puts each node below the one it follows", () => {
  const nodes = [
    ROOT,
    node("▁there", 0, { score: -0.04642, isAccepted: true }),
    node("▁was", 0, { score: -3.5 }),
    node("▁a", 2, { depth: 2, score: -12.25 }),
    node("▁was", 1, { depth: 2, branch: "contrastive", isAccepted: true }),
  ];
  assertEquals(
    describeTree({ nodes, next: idOf("▁little") }, tokenizer).split("\n"),
    [
      "token         score  branch",
      '","                  root',
      '  " there"   -0.046  mixture      accepted',
      '    " was"   -1.000  contrastive  accepted',
      '  " was"     -3.500  mixture',
      '    " a"    -12.250  mixture',
      'next root: " little"',
      "",
    ],
  );
});

Deno.test("describeTree() escapes text, and shows what is none", () => {
  const nodes = [
    ROOT,
    node("<0x0A>", 0),
    node("<0x1B>", 0),
    node("<0xC3>", 0),
    node("</s>", 0),
    node("", 0, { token: 9999 }),
  ];
  const lines = describeTree({ nodes, next: idOf("<s>") }, tokenizer)
    .split("\n");
  assertEquals(
    lines.slice(2).map((line) => line.replace(/ +-.*/, "").trimStart()),
    ['"\\n"', '"\\u001b"', "<c3>", "</s>", "<id 9999>", "next root: <s>", ""],
  );
});
