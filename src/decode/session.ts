import {
  accept,
  choose,
  isFiltered,
  kvCommit,
  logitCut,
  logProb,
  MAX_NODES,
  MAX_ROW_TILE,
  type Op,
  packRows,
} from "../ops/mod.ts";
import {
  createSessionBuffers,
  type SessionBuffers,
  type SessionStart,
  writeStart,
} from "./session_buffers.ts";
import { type ForwardOps, KvCache, type Target } from "../model/mod.ts";
import type { Dispatch } from "../gpu/dispatch.ts";
import { type Drafter, DraftSession, type ResolvedTree } from "../draft/mod.ts";
import type { Gpu } from "../gpu/gpu.ts";

/** Who drafts, and trees of what shape. */
export interface Drafting {
  readonly drafter: Drafter;
  readonly tree: ResolvedTree;
}

/** Launches of one round, part by part. */
export interface RoundParts {
  /** The target's pass over the tree, up to the logits. */
  readonly verify: readonly Dispatch[];
  /** Choices, the walk, the caches' commitment. */
  readonly accept: readonly Dispatch[];
  /** The next tree; empty without a drafter. */
  readonly draft: readonly Dispatch[];
}

/** One sequence on the device: its cache, its state, and the launches of its rounds. */
export class Session implements Disposable {
  /** Whether a generation is using the session. */
  isBusy = false;
  /** Milliseconds that a round took on the device when last timed, or null. */
  roundMs: number | null = null;
  /** Ids whose keys and values are in the cache. */
  cachedTokens: readonly number[] = [];
  /** Buffers of the sequence. */
  readonly buffers: SessionBuffers;
  readonly #gpu: Gpu;
  readonly #target: Target;
  readonly #cache: KvCache;
  readonly #draft: DraftSession | null;
  readonly #numNodes: number;
  readonly #commit: readonly Op[];
  readonly #owned: GPUBuffer[] = [];
  readonly #forward: ForwardOps;
  readonly #choice: Readonly<
    Record<"logProb" | "cut" | "choose" | "accept", Op>
  >;
  #parts: RoundParts = { verify: [], accept: [], draft: [] };
  #choosing: readonly Op[] = [];

  /**
   * @param gpu Device.
   * @param target Model the session runs.
   * @param drafting Who drafts, and trees of what shape, or null to decode plainly.
   * @throws {RangeError} If the cache is longer than the device allows.
   */
  constructor(gpu: Gpu, target: Target, drafting: Drafting | null = null) {
    this.#gpu = gpu;
    this.#target = target;
    const { elem, contextLength, config } = target;
    this.#cache = new KvCache(gpu, config, {
      numSlots: contextLength + (drafting === null ? 0 : MAX_NODES),
      elem,
    });
    this.buffers = createSessionBuffers(target, (...args) => {
      const buffer = gpu.createBuffer(...args);
      this.#owned.push(buffer);
      return buffer;
    });
    const { buffers } = this;
    const shared = { ...buffers, vocabSize: config.vocabSize, contextLength };
    const taps = drafting?.drafter.taps ?? null;
    this.#forward = target.forward(buffers.rows, this.#cache, taps);
    this.#choice = {
      logProb: logProb(gpu, shared),
      cut: logitCut(gpu, shared),
      choose: choose(gpu, shared),
      accept: accept(gpu, shared),
    };
    const { groups, slotSize, partStride } = this.#cache;
    this.#commit = drafting === null
      ? []
      : groups.map((group) =>
        kvCommit(gpu, {
          committed: buffers.committed,
          cache: group.buffer,
          numParts: group.numParts,
          elem,
          slotSize,
          partStride,
        })
      );
    this.#numNodes = drafting?.tree.numNodes ?? 1;
    this.#draft = drafting && new DraftSession(gpu, {
      ...drafting,
      target,
      buffers,
    });
  }

  /** Launches of one round, part by part, in their order. */
  get parts(): RoundParts {
    return this.#parts;
  }

  /** Launches of one round: from the last token's row to the next token's. */
  get round(): readonly Dispatch[] {
    const { verify, accept, draft } = this.parts;
    return [...verify, ...accept, ...draft];
  }

  /**
   * Sets the device's state for a new generation, and the launches for its options.
   *
   * @param start What the generation starts with.
   */
  start(start: SessionStart): void {
    const { config, contextLength } = this.#target;
    writeStart(this.#gpu, this.buffers, {
      ...start,
      vocabSize: config.vocabSize,
      contextLength,
    });
    const { cut, choose, accept, logProb } = this.#choice;
    this.#choosing = [
      ...(isFiltered(start.sampling) ? [cut] : []),
      choose,
      ...(start.logProbs ? [logProb] : []),
      accept,
    ];
    const { layers, norm, lmHead } = this.#forward;
    const list = (ops: readonly Op[]): readonly Dispatch[] =>
      ops.flatMap((op) => op(this.#numNodes));
    this.#parts = {
      verify: list([...layers, norm, lmHead]),
      accept: list([...this.#choosing, ...this.#commit]),
      draft: this.#draft?.propose(this.#draft.maxCommitted) ?? [],
    };
  }

  /**
   * Writes the rows of a prompt chunk and lists the launches that take it into the caches; the last chunk's
   * also choose the first token and draft what may follow.
   *
   * @param ids Ids of the chunk, at most the workspace's rows.
   * @param firstPosition Position of the first.
   * @param nextId Id that follows the chunk, or null where the prompt ends with it.
   * @returns The launches.
   */
  prefill(
    ids: readonly number[],
    firstPosition: number,
    nextId: number | null,
  ): readonly Dispatch[] {
    const numRows = ids.length;
    const isLast = nextId === null;
    const { queue } = this.#gpu.device;
    const table = (tokens: readonly number[]): Uint32Array<ArrayBuffer> =>
      packRows(
        tokens.map((token, row) => ({ token, position: firstPosition + row })),
        numRows - 1,
      );
    queue.writeBuffer(this.buffers.rows, 0, table(ids));
    // Where the prompt ends, the device puts its choice in the place of the 0.
    const following = [...ids.slice(1), nextId ?? 0];
    queue.writeBuffer(this.buffers.draftRows, 0, table(following));
    const { layers, norm, lmHead } = this.#forward;
    // One row, or a full tile: no other kernels than those compiled at load.
    const count = numRows === 1 ? 1 : Math.max(numRows, MAX_ROW_TILE);
    const forward = layers.flatMap((op) => op(count));
    if (!isLast) {
      return this.#draft === null
        ? forward
        : [...forward, ...norm(count), ...this.#draft.absorb(count)];
    }
    return [
      ...forward,
      ...norm(count),
      ...[lmHead, ...this.#choosing].flatMap((op) => op(1)),
      ...this.#draft?.propose(count) ?? [],
    ];
  }

  /** Most positions that one round commits. */
  get maxCommitted(): number {
    return this.#draft?.maxCommitted ?? 1;
  }

  /** First pool entry that the contrastive branch proposes. */
  get contrastiveEntry(): number {
    return this.#draft?.contrastiveEntry ?? Infinity;
  }

  /** u32 for each pool entry, which of a Jakiro* drafter's experts proposed it, or null. */
  get draftBranches(): GPUBuffer | null {
    return this.#draft?.branches ?? null;
  }

  /** Whether a drafter is at work. */
  get isDrafting(): boolean {
    return this.#draft !== null;
  }

  /**
   * Lists every step of every pass, for all numbers of rows that are cut differently.
   *
   * @returns Functions that give a step's launches, compiling its kernels.
   */
  allSteps(): readonly (() => readonly Dispatch[])[] {
    const { layers, norm, lmHead } = this.#forward;
    const powers = Array.from({ length: 16 }, (_, exponent) => 2 ** exponent);
    const { maxRows } = this.#target.workspace;
    const counts = powers.filter((count) => count <= maxRows);
    const choosing = [...Object.values(this.#choice), ...this.#commit];
    const draft = this.#draft;
    return [
      ...[...layers, norm, lmHead].map((op) => () => counts.flatMap(op)),
      ...choosing.map((op) => () => op(1)),
      ...draft === null
        ? []
        : counts.map((count) => () => draft.propose(count)),
    ];
  }

  /** Frees the cache and the buffers. */
  [Symbol.dispose](): void {
    this.#draft?.[Symbol.dispose]();
    this.#cache[Symbol.dispose]();
    for (const buffer of this.#owned) this.#gpu.destroyBuffer(buffer);
  }
}
