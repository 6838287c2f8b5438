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
import type { TreeOptions } from "./tree_options.ts";

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
  readonly #tree: Required<TreeOptions>;
  readonly #absorb: DraftPass;
  readonly #propose: readonly Op[];
  readonly #isHybrid: boolean;
  readonly #topOfRoot: Op;

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
      readonly tree: Required<TreeOptions>;
      readonly buffers: DraftSessionBuffers;
    },
  ) {
    const { drafter, target, tree, buffers } = args;
    const { workspace, weights } = drafter;
    this.#gpu = gpu;
    this.#tree = tree;
    const fanout = tree.topK;
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
      targetHidden: target.workspace.normed,
      contextLength: target.contextLength,
    };
    const { logits, candidates } = workspace;
    const passOf = (pass: number, numBranches: 1 | 2): DraftPass =>
      draftPass(gpu, weights, { ...passArgs, pass, numBranches });
    this.#absorb = passOf(0, 1);
    const top = (numBranches: 1 | 2): Op =>
      draftTop(gpu, {
        sampling: buffers.sampling,
        rows: buffers.draftRows,
        logits,
        tokenIds: weights.isEagle3 ? weights.tokenIds : null,
        candidates,
        vocabSize: weights.isEagle3
          ? weights.lmHead.numRows
          : target.config.vocabSize,
        fanout,
        numBranches,
      });
    const shared = { candidates, state: buffers.state, pool, fanout };
    const expand = (level: number): Op =>
      draftExpand(gpu, {
        ...shared,
        rows: buffers.draftRows,
        params: this.#uniform(level),
      });
    const { isHybrid } = drafter;
    this.#isHybrid = isHybrid;
    const numPasses = isHybrid ? tree.depth - 1 : tree.depth;
    const steps: Op[] = [expand(0)];
    for (let level = 0; level < numPasses; level++) {
      const isLast = level === numPasses - 1;
      const numBranches = isHybrid && isLast ? 2 : 1;
      const pass = passOf(level + 1, numBranches);
      steps.push(...pass.absorb, ...pass.finish, pass.lmHead, top(numBranches));
      if (isHybrid || !isLast) steps.push(expand(level + 1));
    }
    steps.push(draftTree(gpu, {
      ...shared,
      rows: buffers.rows,
      history: buffers.history,
      nodes: buffers.nodes,
      params: this.#uniform(tree.numNodes),
      depth: tree.depth,
      fromContrast: isHybrid,
    }));
    this.#propose = steps;
    this.#topOfRoot = top(1);
  }

  /** First pool entry that the contrastive branch proposes. */
  get contrastiveEntry(): number {
    const { topK, depth } = this.#tree;
    return this.#isHybrid ? topK + (depth - 1) * topK * topK : Infinity;
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
      ...this.#topOfRoot(1),
      ...this.#propose.flatMap((op) => op(this.#tree.topK)),
    ];
  }

  #uniform(value: number): GPUBuffer {
    const buffer = this.#create(
      "draft params",
      16,
      GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    );
    this.#gpu.device.queue.writeBuffer(buffer, 0, new Uint32Array([value]));
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
