import type { ResolvedTree } from "./tree_options.ts";

/** What trees a drafter may choose among, by cost: the default first. */
const LADDERS = {
  hardware: [
    { numNodes: 32, depth: 3, topK: 8 },
    { numNodes: 8, depth: 2, topK: 8 },
    { numNodes: 16, depth: 3, topK: 8 },
    { numNodes: 60, depth: 5, topK: 8 },
  ],
  software: [
    { numNodes: 8, depth: 3, topK: 2 },
    { numNodes: 3, depth: 2, topK: 1 },
    { numNodes: 4, depth: 2, topK: 2 },
  ],
} as const;

/**
 * Lists the shapes of trees from which a model takes the fastest.
 *
 * @param facts Tokens that the drafter can propose, which bounds the candidates, and whether the adapter is software,
 *   where each further row costs about as much as the one before.
 * @returns The shapes, the one to begin with first.
 */
export function treeLadder(
  facts: { readonly vocabSize: number; readonly isSoftware: boolean },
): readonly [ResolvedTree, ...ResolvedTree[]] {
  const fit = (tree: ResolvedTree): ResolvedTree => ({
    ...tree,
    topK: Math.min(tree.topK, facts.vocabSize),
  });
  const [first, ...others] =
    LADDERS[facts.isSoftware ? "software" : "hardware"];
  return [fit(first), ...others.map(fit)];
}
