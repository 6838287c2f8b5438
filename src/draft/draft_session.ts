import type { Dispatch } from "../gpu/dispatch.ts";
import { createDraftPlan, type DraftPlan } from "./draft_plan.ts";
import type { Drafter } from "./drafter.ts";
import type { DraftPass } from "./draft_layer.ts";
import { draftPass } from "./draft_pass.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { KvCache, type Target } from "../model/mod.ts";
import type { ResolvedTree } from "./tree_options.ts";

/** Buffers of the target's session that a drafter reads and writes. */
export interface DraftSessionBuffers {
  readonly sampling: GPUBuffer;
  readonly state: GPUBuffer;
  readonly history: GPUBuffer;
  /** The target's row table. */
  readonly rows: GPUBuffer;
  /** Rows that the drafter absorbs. */
  readonly draftRows: GPUBuffer;
  /** Rows that it drafts from. */
  readonly frontierRows: GPUBuffer;
  readonly nodes: GPUBuffer;
}

/** A drafter at work on one sequence. */
export class DraftSession implements Disposable {
  /** How it drafts, for each shape of trees. */
  readonly plans: readonly DraftPlan[];
  readonly #gpu: Gpu;
  readonly #cache: KvCache;
  readonly #buffers: GPUBuffer[] = [];
  readonly #absorb: DraftPass;

  /**
   * Prepares a drafter's passes for one sequence.
   *
   * @param gpu Device.
   * @param args Drafter, target, shapes of trees, buffers of the sequence.
   * @throws {RangeError} If the cache is longer than the device allows.
   */
  constructor(
    gpu: Gpu,
    args: {
      readonly drafter: Drafter;
      readonly target: Target;
      readonly trees: readonly ResolvedTree[];
      readonly buffers: DraftSessionBuffers;
    },
  ) {
    const { drafter, target, trees, buffers } = args;
    const { workspace, weights } = drafter;
    this.#gpu = gpu;
    const treeSlots = trees.map(({ depth, topK }) => (depth + 1) * topK);
    this.#cache = new KvCache(gpu, weights.cacheShape, {
      numSlots: target.contextLength + Math.max(...treeSlots),
      format: weights.elem,
    });
    const [cache] = this.#cache.layers;
    if (cache === undefined) {
      throw new RangeError("Cannot draft without a cache");
    }
    const passArgs = {
      workspace,
      absorbed: buffers.draftRows,
      rows: buffers.frontierRows,
      cache,
      rope: drafter.rope,
      embedTokens: target.embedTokens,
      lmHead: drafter.head.lmHead,
      softCap: target.config.finalSoftCap,
      targetHidden: target.workspace.normed,
      contextLength: target.contextLength,
      partials: target.workspace.partials,
    };
    this.#absorb = draftPass(gpu, weights, {
      ...passArgs,
      pass: 0,
      numBranches: drafter.kind === "jakiro_star" ? 2 : 1,
    });
    this.plans = trees.map((tree) =>
      createDraftPlan(gpu, {
        drafter,
        tree,
        buffers,
        passArgs,
        absorb: this.#absorb,
        create: (label, sizeBytes, usage) => {
          const buffer = gpu.createBuffer(label, sizeBytes, usage);
          this.#buffers.push(buffer);
          return buffer;
        },
      })
    );
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

  /** Frees the cache and the buffers. */
  [Symbol.dispose](): void {
    this.#cache[Symbol.dispose]();
    for (const buffer of this.#buffers) this.#gpu.destroyBuffer(buffer);
  }
}
