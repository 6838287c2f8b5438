import { CANDIDATE_BYTES, draftMerge, type Op } from "../ops/mod.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { ResolvedTree } from "./tree_options.ts";

/** What merges the candidates of a Jakiro* drafter's two experts. */
export interface StarMerge {
  /** `[K, K]` tokens and scores: the best of both experts' candidates. */
  readonly candidates: GPUBuffer;
  /** u32 for each pool entry: 0 from the top expert, 1 from the other one. */
  readonly branches: GPUBuffer;
  /** Gives the step that merges a level's candidates, from a uniform buffer that holds the level. Takes `R`. */
  readonly merge: (params: GPUBuffer) => Op;
}

/**
 * Allocates what merges the candidates of two experts.
 *
 * @param gpu Device.
 * @param args The drafter's row table, candidates `[2K, K]` of both experts, shape of trees, and what allocates a
 *   buffer, given its name and bytes.
 * @returns Buffers and steps.
 */
export function createStarMerge(
  gpu: Gpu,
  args: {
    readonly rows: GPUBuffer;
    readonly lists: GPUBuffer;
    readonly tree: ResolvedTree;
    readonly create: (label: string, sizeBytes: number) => GPUBuffer;
  },
): StarMerge {
  const { rows, lists, create } = args;
  const { topK: fanout, depth } = args.tree;
  const candidates = create(
    "merged candidates",
    fanout * fanout * CANDIDATE_BYTES,
  );
  const branches = create(
    "draft branches",
    (fanout + depth * fanout * fanout) * 4,
  );
  return {
    candidates,
    branches,
    merge: (params) =>
      draftMerge(gpu, { params, rows, lists, candidates, branches, fanout }),
  };
}
