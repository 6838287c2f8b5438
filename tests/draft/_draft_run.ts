/** Runs a target and its drafter round by round. @module */

import { type DraftTree, runTreeRound } from "../../src/decode/draft_tree.ts";
import type { Elem } from "../../src/gpu/shader.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { type CacheFormat, GREEDY } from "../../src/ops/mod.ts";
import { openCheckpoint } from "../../src/checkpoint/mod.ts";
import {
  type Drafter,
  openDrafter,
  type ResolvedTree,
} from "../../src/draft/mod.ts";
import { readBuffer } from "../../src/gpu/read_buffer.ts";
import { Session } from "../../src/decode/session.ts";
import { submitPass } from "../../src/gpu/submit_pass.ts";
import { Target } from "../../src/model/mod.ts";

/** A session that drafts, driven by hand. */
export class DraftRun implements Disposable {
  readonly gpu: Gpu;
  readonly target: Target;
  readonly drafter: Drafter;
  readonly session: Session;

  private constructor(
    parts: Pick<DraftRun, "gpu" | "target" | "drafter" | "session">,
  ) {
    this.gpu = parts.gpu;
    this.target = parts.target;
    this.drafter = parts.drafter;
    this.session = parts.session;
  }

  static async open(
    args: {
      readonly target: URL;
      readonly drafter: URL;
      readonly tree: ResolvedTree;
      readonly elem?: Elem;
      readonly cacheFormat?: CacheFormat;
      readonly contextLength?: number;
      /** A lower limit than the device's. */
      readonly maxBindingBytes?: number;
      /** Whether work is cut as for a CPU's adapter. Default: as for the one that there is. */
      readonly isSoftware?: boolean;
    },
  ): Promise<DraftRun> {
    using checkpoint = await openCheckpoint(args.target);
    const { maxBindingBytes = Infinity } = args;
    const gpu = await Gpu.open({ maxBindingBytes });
    const { isSoftware = gpu.adapter.isSoftware } = args;
    Object.assign(gpu, { adapter: { ...gpu.adapter, isSoftware } });
    const target = await Target.load(gpu, checkpoint, {
      elem: args.elem ?? "f32",
      cacheFormat: args.cacheFormat,
      contextLength: args.contextLength ?? 200,
      maxRows: 64,
      maxLogitRows: args.tree.numNodes,
      onProgress: () => {},
    });
    const drafter = await openDrafter(gpu, target, {
      directory: args.drafter,
    });
    const session = await gpu.guard(
      "allocate a session",
      () => new Session(gpu, target, { drafter, tree: args.tree }),
    );
    return new DraftRun({ gpu, target, drafter, session });
  }

  /** Prefills a prompt, and drafts the first tree. */
  begin(prompt: readonly number[], maxTokens = 1000): void {
    this.session.start({
      prompt,
      sampling: GREEDY,
      logitBias: new Map(),
      maxTokens,
      endTokens: [],
      ignoreEos: true,
      logProbs: false,
    });
    const { maxRows } = this.target.workspace;
    for (let first = 0; first < prompt.length; first += maxRows) {
      const chunk = prompt.slice(first, first + maxRows);
      const nextId = prompt[first + maxRows] ?? null;
      submitPass(this.gpu, this.session.prefill(chunk, first, nextId));
    }
  }

  /** Reads the tree, and runs its round. */
  round(): Promise<DraftTree> {
    return runTreeRound(this.gpu, this.session);
  }

  /** Reads the tree, runs its round, and reads the bits of each node's logits. */
  async roundWithLogits(): Promise<{ tree: DraftTree; logits: Uint32Array[] }> {
    const tree = await this.round();
    const { workspace, config } = this.target;
    const bits = new Uint32Array(await readBuffer(this.gpu, workspace.logits));
    const { vocabSize } = config;
    const logits = tree.nodes.map((_, node) =>
      bits.slice(node * vocabSize, (node + 1) * vocabSize)
    );
    return { tree, logits };
  }

  [Symbol.dispose](): void {
    this.gpu[Symbol.dispose]();
  }
}

/** The path of tokens from the root to each node, as text. */
export function tokenPaths(tree: DraftTree): string[] {
  const paths: string[] = [];
  for (const { token, parent } of tree.nodes) {
    paths.push(parent === null ? `${token}` : `${paths[parent]},${token}`);
  }
  return paths;
}
