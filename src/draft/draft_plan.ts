import {
  draftExpand,
  draftTop,
  draftTree,
  type Op,
  poolBytes,
} from "../ops/mod.ts";
import type { Drafter } from "./drafter.ts";
import type { DraftPass, DraftPassArgs } from "./draft_layer.ts";
import { draftPass } from "./draft_pass.ts";
import type { DraftSessionBuffers } from "./draft_session.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { createStarMerge } from "./star_merge.ts";
import { staticTreeBits } from "./static_tree.ts";
import type { ResolvedTree } from "./tree_options.ts";

/** How trees of one shape are drafted for one sequence. */
export interface DraftPlan {
  /** Their shape. */
  readonly tree: ResolvedTree;
  /** Most positions that a round commits. */
  readonly maxCommitted: number;
  /** First pool entry that the contrastive branch proposes. */
  readonly contrastiveEntry: number;
  /** u32 for each pool entry, which of two experts proposed it: 0 the top one; null where no choice was theirs. */
  readonly branches: GPUBuffer | null;
  /**
   * Takes committed hidden states into the drafter's cache and proposes a tree, given the most rows that were
   * committed.
   */
  readonly propose: Op;
}

/** What a plan is made of. */
export interface DraftPlanArgs {
  readonly drafter: Drafter;
  readonly tree: ResolvedTree;
  readonly buffers: DraftSessionBuffers;
  /** What all passes work on. */
  readonly passArgs: Omit<DraftPassArgs, "pass" | "numBranches">;
  /** The pass that takes the target's hidden states. */
  readonly absorb: DraftPass;
  /** Allocates a buffer, given its name, bytes and usage. */
  readonly create: (
    label: string,
    sizeBytes: number,
    usage?: number,
  ) => GPUBuffer;
}

/**
 * Prepares the passes that draft trees of one shape.
 *
 * @param gpu Device.
 * @param args Drafter, shape, buffers.
 * @returns The plan.
 */
export function createDraftPlan(gpu: Gpu, args: DraftPlanArgs): DraftPlan {
  const { drafter, tree, buffers, create, absorb } = args;
  const { workspace, weights, isHybrid } = drafter;
  const { depth, topK: fanout } = tree;
  const isStatic = tree.shape === "static";
  const uniform = (...values: number[]): GPUBuffer => {
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
    const buffer = create("draft params", 16, usage);
    gpu.device.queue.writeBuffer(buffer, 0, new Uint32Array(values));
    return buffer;
  };
  const pool = create("draft pool", poolBytes(fanout, depth));
  const isStar = drafter.kind === "jakiro_star";
  const star = isStar
    ? createStarMerge(gpu, {
      rows: buffers.frontierRows,
      lists: workspace.candidates,
      tree,
      create,
    })
    : null;
  const candidates = star?.candidates ?? workspace.candidates;
  const top = (level: number, numBranches: 1 | 2): readonly Op[] => [
    draftTop(gpu, {
      sampling: buffers.sampling,
      rows: buffers.frontierRows,
      logits: workspace.logits,
      tokenIds: drafter.head.tokenIds,
      candidates: workspace.candidates,
      vocabSize: drafter.head.lmHead.numRows,
      fanout,
      numBranches,
      branchStep: isStar ? 0 : 1,
    }),
    ...star === null ? [] : [star.merge(uniform(level))],
  ];
  const shared = { candidates, state: buffers.state, pool, fanout };
  const expand = (level: number): Op =>
    draftExpand(gpu, {
      ...shared,
      rows: buffers.frontierRows,
      params: uniform(level),
      isStatic,
    });
  const numPasses = isHybrid ? depth - 1 : depth;
  const steps: Op[] = [expand(0)];
  for (let level = 0; level < numPasses; level++) {
    const isLast = level === numPasses - 1;
    const numBranches = isStar || isHybrid && isLast ? 2 : 1;
    const pass = draftPass(gpu, weights, {
      ...args.passArgs,
      absorbed: args.passArgs.rows,
      pass: level + 1,
      numBranches,
    });
    steps.push(...pass.absorb, ...pass.finish, pass.lmHead);
    steps.push(...top(level + 1, numBranches));
    if (isHybrid || !isLast) steps.push(expand(level + 1));
  }
  steps.push(draftTree(gpu, {
    ...shared,
    rows: buffers.rows,
    history: buffers.history,
    nodes: buffers.nodes,
    params: uniform(tree.numNodes, ...isStatic ? staticTreeBits() : []),
    depth,
    fromContrast: isHybrid,
    isStatic,
  }));
  const topOfRoot = top(0, isStar ? 2 : 1);
  return {
    tree,
    maxCommitted: Math.min(depth + 2, tree.numNodes),
    contrastiveEntry: isHybrid ? fanout + (depth - 1) * fanout ** 2 : Infinity,
    branches: star?.branches ?? null,
    propose: (numRows, reach) => [
      ...absorb.absorb.flatMap((op) => op(numRows)),
      // What was committed before the newest position is only looked at.
      ...[...absorb.finish, absorb.lmHead, ...topOfRoot].flatMap((op) =>
        op(1, reach)
      ),
      ...steps.flatMap((op) => op(fanout, reach)),
    ],
  };
}
