/** Shapes of trees that are worth measuring. @module */

import type { TreeSizes } from "./measure_drafting.ts";

/**
 * Lists shapes of trees: what the adapter may be best at, and trees of 16 nodes over depths and fanouts.
 *
 * @param isSoftware Whether the adapter is software, where rows are not free.
 * @param isQuick Only a few.
 * @returns The shapes.
 */
export function listTrees(
  isSoftware: boolean,
  isQuick: boolean,
): readonly TreeSizes[] {
  if (isQuick) {
    return [shape(8, 3, 2), shape(16, 3, 4), shape(16, 5, 8)];
  }
  const sixteen = [2, 3, 5].flatMap((depth) =>
    [2, 4, 8].map((topK) => shape(16, depth, topK))
  );
  return isSoftware
    ? [shape(4, 2, 2), shape(8, 3, 2), shape(8, 4, 4), ...sixteen]
      .concat(shape(60, 5, 8))
    : [
      ...sixteen,
      ...[32, 60].flatMap((numNodes) =>
        [3, 5, 7].flatMap((depth) =>
          [4, 8].map((topK) => shape(numNodes, depth, topK))
        )
      ),
    ];
}

/**
 * Reads a shape as the command line gives it.
 *
 * @param text Nodes, depth and candidates a node: `16,3,4`.
 * @returns The shape.
 * @throws {RangeError} If it is none.
 */
export function readTree(text: string): TreeSizes {
  const [numNodes, depth, topK, ...others] = text.split(",").map(Number);
  if (
    numNodes === undefined || depth === undefined || topK === undefined ||
    others.length > 0
  ) {
    throw new RangeError(
      `Cannot measure a tree as --tree must be its nodes, depth and candidates a node, such as 16,3,4: ${text}`,
    );
  }
  return shape(numNodes, depth, topK);
}

function shape(numNodes: number, depth: number, topK: number): TreeSizes {
  return { numNodes, depth, topK };
}
