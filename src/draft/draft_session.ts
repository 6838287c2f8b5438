import {
  draftExpand,
  draftTop,
  draftTree,
  type Op,
  poolBytes,
} from "../ops/mod.ts";
import type { Dispatch } from "../gpu/dispatch.ts";
import type { Drafter } from "./drafter.ts";
import type { DraftPass } from "./draft_layer.ts";
import { draftPass } from "./draft_pass.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { KvCache, type Target } from "../model/mod.ts";
import { createStarMerge, type StarMerge } from "./star_merge.ts";
import { staticTreeBits } from "./static_tree.ts";
import type { ResolvedTree } from "./tree_options.ts";

/** Buffers of the target's session that a drafter reads and writes. */
export interface DraftSessionBuffers {
  readonly sampling: GPUBuffer;
  readonly state: GPUBuffer;
  readonly history: GPUBuffer;
  /** The target's row table. */
  readonly rows: GPUBuffer;
  /** The drafter's row table. */
  readonly draftRows: GPUBuffer;
  readonly nodes: GPUBuffer;
}

/** A drafter at work on one sequence. */
export class DraftSession implements Disposable {
  readonly #gpu: Gpu;
  readonly #cache: KvCache;
  readonly #buffers: GPUBuffer[] = [];
  readonly #tree: ResolvedTree;
  readonly #absorb: DraftPass;
  readonly #propose: readonly Op[];
  readonly #isHybrid: boolean;
  readonly #topOfRoot: readonly Op[];
  readonly #star: StarMerge | null;

  /**
   * Prepares a drafter's passes for one sequence.
   *
   * @param gpu Device.
   * @param args Drafter, target, shape of trees, buffers of the sequence.
   * @throws {RangeError} If the cache is longer than the device allows.
   */
  constructor(
    gpu: Gpu,
    args: {
      readonly drafter: Drafter;
      readonly target: Target;
      readonly tree: ResolvedTree;
      readonly buffers: DraftSessionBuffers;
    },
  ) {
    const { drafter, target, tree, buffers } = args;
    const { workspace, weights } = drafter;
    this.#gpu = gpu;
    this.#tree = tree;
    const fanout = tree.topK;
    const isStatic = tree.shape === "static";
    this.#cache = new KvCache(gpu, weights.cacheShape, {
      numSlots: target.contextLength + (tree.depth + 1) * fanout,
      elem: weights.elem,
    });
    const pool = this.#create("draft pool", poolBytes(fanout, tree.depth));
    const [cache] = this.#cache.layers;
    if (cache === undefined) {
      throw new RangeError("Cannot draft without a cache");
    }
    const passArgs = {
      workspace,
      rows: buffers.draftRows,
      cache,
      rope: drafter.rope,
      embedTokens: target.embedTokens,
      lmHead: target.lmHead,
      softCap: target.config.finalSoftCap,
      targetHidden: target.workspace.normed,
      contextLength: target.contextLength,
    };
    const { logits } = workspace;
    const isStar = drafter.kind === "jakiro_star";
    const star = isStar
      ? createStarMerge(gpu, {
        rows: buffers.draftRows,
        lists: workspace.candidates,
        tree,
        create: (label, sizeBytes) => this.#create(label, sizeBytes),
      })
      : null;
    this.#star = star;
    const candidates = star?.candidates ?? workspace.candidates;
    const passOf = (pass: number, numBranches: 1 | 2): DraftPass =>
      draftPass(gpu, weights, { ...passArgs, pass, numBranches });
    this.#absorb = passOf(0, isStar ? 2 : 1);
    const top = (level: number, numBranches: 1 | 2): readonly Op[] => [
      draftTop(gpu, {
        sampling: buffers.sampling,
        rows: buffers.draftRows,
        logits,
        tokenIds: weights.isEagle3 ? weights.tokenIds : null,
        candidates: workspace.candidates,
        vocabSize: weights.isEagle3
          ? weights.lmHead.numRows
          : target.config.vocabSize,
        fanout,
        numBranches,
        branchStep: isStar ? 0 : 1,
      }),
      ...star === null ? [] : [star.merge(this.#uniform(level))],
    ];
    const shared = { candidates, state: buffers.state, pool, fanout };
    const expand = (level: number): Op =>
      draftExpand(gpu, {
        ...shared,
        rows: buffers.draftRows,
        params: this.#uniform(level),
        isStatic,
      });
    const { isHybrid } = drafter;
    this.#isHybrid = isHybrid;
    const numPasses = isHybrid ? tree.depth - 1 : tree.depth;
    const steps: Op[] = [expand(0)];
    for (let level = 0; level < numPasses; level++) {
      const isLast = level === numPasses - 1;
      const numBranches = isStar || isHybrid && isLast ? 2 : 1;
      const pass = passOf(level + 1, numBranches);
      steps.push(...pass.absorb, ...pass.finish, pass.lmHead);
      steps.push(...top(level + 1, numBranches));
      if (isHybrid || !isLast) steps.push(expand(level + 1));
    }
    steps.push(draftTree(gpu, {
      ...shared,
      rows: buffers.rows,
      history: buffers.history,
      nodes: buffers.nodes,
      params: this.#uniform(tree.numNodes, ...isStatic ? staticTreeBits() : []),
      depth: tree.depth,
      fromContrast: isHybrid,
      isStatic,
    }));
    this.#propose = steps;
    this.#topOfRoot = top(0, isStar ? 2 : 1);
  }

  /** First pool entry that the contrastive branch proposes. */
  get contrastiveEntry(): number {
    const { topK, depth } = this.#tree;
    return this.#isHybrid ? topK + (depth - 1) * topK * topK : Infinity;
  }

  /** u32 for each pool entry, which of two experts proposed it: 0 the top one; null where no choice was theirs. */
  get branches(): GPUBuffer | null {
    return this.#star?.branches ?? null;
  }

  /** Most positions that one round commits. */
  get maxCommitted(): number {
    return this.#tree.depth + 2;
  }

  /**
   * Lists the launches that take a prompt chunk's hidden states into the drafter's cache.
   *
   * @param numRows Rows of the chunk.
   * @returns The launches.
   */
  absorb(numRows: number): readonly Dispatch[] {
    return this.#absorb.absorb.flatMap((op) => op(numRows));
  }

  /**
   * Lists the launches that take committed hidden states into the drafter's cache and propose a tree.
   *
   * @param numRows Most rows that were committed.
   * @returns The launches.
   */
  propose(numRows: number): readonly Dispatch[] {
    const { absorb, finish, lmHead } = this.#absorb;
    return [
      ...[...absorb, ...finish].flatMap((op) => op(numRows)),
      ...lmHead(1),
      ...this.#topOfRoot.flatMap((op) => op(1)),
      ...this.#propose.flatMap((op) => op(this.#tree.topK)),
    ];
  }

  #uniform(...values: number[]): GPUBuffer {
    const buffer = this.#create(
      "draft params",
      16,
      GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    );
    this.#gpu.device.queue.writeBuffer(buffer, 0, new Uint32Array(values));
    return buffer;
  }

  #create(label: string, sizeBytes: number, usage?: number): GPUBuffer {
    const buffer = this.#gpu.createBuffer(label, sizeBytes, usage);
    this.#buffers.push(buffer);
    return buffer;
  }

  /** Frees the cache and the buffers. */
  [Symbol.dispose](): void {
    this.#cache[Symbol.dispose]();
    for (const buffer of this.#buffers) this.#gpu.destroyBuffer(buffer);
  }
}
