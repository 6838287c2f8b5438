import type { Row } from "../reference/lib/rows.ts";
import { NO_PARENT, type Node } from "../reference/lib/tree.ts";
import type { Random } from "./_random.ts";

/** A tree as the target checks it. */
export interface TreeRows {
  readonly row: readonly Row[];
  readonly nodes: readonly Node[];
}

/**
 * Grows a random tree, no two children of a node with the same token.
 *
 * @param random Where the numbers come from.
 * @param options Nodes, position of the root, tokens, longest way from the root to a node.
 * @returns Its rows and nodes.
 */
export function randomTree(
  random: Random,
  options: {
    readonly numNodes: number;
    readonly length: number;
    readonly vocabSize: number;
    readonly maxPath: number;
  },
): TreeRows {
  const { numNodes, length, vocabSize, maxPath } = options;
  const parents = [NO_PARENT];
  const tokens = [random.below(vocabSize)];
  const paths = [[length]];
  for (let tries = 0; parents.length < numNodes && tries < 1000; tries++) {
    const parent = random.below(parents.length);
    const token = random.below(vocabSize);
    const path = paths[parent] ?? [];
    const isTaken = tokens.some((other, node) =>
      parents[node] === parent && other === token
    );
    if (isTaken || path.length === maxPath) continue;
    paths.push([...path, length + parents.length]);
    parents.push(parent);
    tokens.push(token);
  }
  return {
    row: paths.map((path, node) => ({
      token: tokens[node] ?? NaN,
      position: length + path.length - 1,
      slot: length + node,
      base: length,
      hiddenRow: node,
      path,
    })),
    nodes: parents.map((parent, node) => ({
      parent,
      score: -node,
      entry: node,
      rank: node,
    })),
  };
}
