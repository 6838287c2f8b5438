import type { DraftTree, Tokenizer, TreeNode } from "../decode/mod.ts";
import { formatColumns } from "./format.ts";
import { quote } from "../checkpoint/quote.ts";

const INDENT = "  ";
const HEAD = ["token", "score", "branch"] as const;

/**
 * Draws a tree: a line a node, each below the one that it follows and further in.
 *
 * @param tree The tree.
 * @param tokenizer From ids to text.
 * @returns Lines.
 */
export function describeTree(tree: DraftTree, tokenizer: Tokenizer): string {
  const rows = listDepthFirst(tree.nodes).map((node) => [
    `${INDENT.repeat(node.depth)}${describeToken(node.token, tokenizer)}`,
    ...describeOrigin(node),
  ]);
  return [
    ...formatColumns([HEAD, ...rows], "lr"),
    `next root: ${describeToken(tree.next, tokenizer)}`,
    "",
  ].join("\n");
}

function describeOrigin(node: TreeNode): readonly string[] {
  const { score, branch, isAccepted } = node;
  return branch === null
    ? ["", "root"]
    : [score.toFixed(3), branch, isAccepted ? "accepted" : ""];
}

/** Puts each node before all that lies below it, siblings in their order. */
function listDepthFirst(nodes: readonly TreeNode[]): readonly TreeNode[] {
  const visit = (parent: number | null): readonly TreeNode[] =>
    nodes.flatMap((node, index) =>
      node.parent === parent ? [node, ...visit(index)] : []
    );
  return visit(null);
}

/** Quotes a token's text; special tokens, and bytes that are no text by themselves, stand without quotes. */
function describeToken(id: number, tokenizer: Tokenizer): string {
  const content = tokenizer.tokenText(id);
  if (content === undefined) return `<id ${id}>`;
  if (tokenizer.specialTokenIds.has(id)) return content;
  const bytes = tokenizer.tokenBytes(id);
  try {
    const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return quote(utf8.decode(bytes));
  } catch {
    return `<${bytes.toHex()}>`;
  }
}
