import {
  kvCommit,
  MAX_NODES,
  MAX_ROW_TILE,
  type Op,
  packRows,
} from "../ops/mod.ts";
import { Choosing } from "./choosing.ts";
import {
  createSessionBuffers,
  type SessionBuffers,
  type SessionStart,
  writeStart,
} from "./session_buffers.ts";
import { type ForwardOps, KvCache, type Target } from "../model/mod.ts";
import type { Dispatch } from "../gpu/dispatch.ts";
import type { Drafting } from "./drafting.ts";
import { type DraftPlan, DraftSession } from "../draft/mod.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { listSteps } from "./list_steps.ts";
import { RoundLists, type RoundParts } from "./round_lists.ts";

/** One sequence on the device: its cache, its state, and the launches of its rounds. */
export class Session implements Disposable {
  /** Ids whose keys and values are in the cache. */
  cachedTokens: readonly number[] = [];
  /** How many of those the drafter's cache has too. */
  numDrafterCached = 0;
  /** Buffers of the sequence. */
  readonly buffers: SessionBuffers;
  /** From logits to committed tokens. */
  readonly choosing: Choosing;
  readonly #gpu: Gpu;
  readonly #target: Target;
  readonly #cache: KvCache;
  readonly #draft: DraftSession | null;
  readonly #commit: readonly Op[];
  readonly #owned: GPUBuffer[] = [];
  readonly #forward: ForwardOps;
  readonly #rounds: RoundLists;

  /**
   * @param gpu Device.
   * @param target Model the session runs.
   * @param drafting Who drafts, and trees of what shape, or null to decode plainly.
   * @throws {RangeError} If the cache is longer than the device allows.
   */
  constructor(gpu: Gpu, target: Target, drafting: Drafting | null = null) {
    this.#gpu = gpu;
    this.#target = target;
    const { contextLength, config } = target;
    this.#cache = new KvCache(gpu, config, {
      numSlots: contextLength + (drafting === null ? 0 : MAX_NODES),
      format: target.cacheFormat,
    });
    const create = (label: string, sizeBytes: number, usage?: number) => {
      const buffer = gpu.createBuffer(label, sizeBytes, usage);
      this.#owned.push(buffer);
      return buffer;
    };
    const buffers = createSessionBuffers(target, create);
    this.buffers = buffers;
    const taps = drafting?.drafter.taps;
    this.#forward = target.forward(buffers.rows, this.#cache, taps ?? null);
    this.choosing = new Choosing(gpu, { target, buffers, create });
    const { groups, slotBytes, partBytes } = this.#cache;
    this.#commit = drafting === null
      ? []
      : groups.map((group) =>
        kvCommit(gpu, {
          committed: buffers.committed,
          cache: group.buffer,
          numParts: group.numParts,
          slotBytes,
          partBytes,
        })
      );
    this.#draft = drafting && new DraftSession(gpu, {
      drafter: drafting.drafter,
      trees: [drafting.tree, ...drafting.others ?? []],
      target,
      buffers,
    });
    this.#rounds = new RoundLists({
      forward: this.#forward,
      commit: this.#commit,
      plans: this.#plans,
    });
  }

  get #plans(): readonly DraftPlan[] {
    return this.#draft?.plans ?? [];
  }

  /**
   * Shape of the trees to be drafted, which changes no text: 0 for none, else 1 + its place among the session's. Rounds
   * that draft nothing leave the drafter's cache behind the target's: from then on, a sequence goes on without trees.
   */
  get gear(): number {
    return this.#rounds.gearOf(this.#rounds.plan);
  }

  set gear(gear: number) {
    this.#rounds.plan = this.#plans[gear - 1] ?? null;
  }

  /** How many tokens a tree of a gear proposes: its nodes below the root. */
  numProposed(gear: number): number {
    return (this.#plans[gear - 1]?.tree.numNodes ?? 1) - 1;
  }

  /** The gear in which the tree was drafted that the next round verifies. */
  get waitingGear(): number {
    return this.#rounds.gearOf(this.#rounds.waiting);
  }

  /** Launches of the next round, part by part, in their order. */
  get parts(): RoundParts {
    return this.#rounds.parts;
  }

  /**
   * Says how far the next rounds go, which changes no text: those of a long one share its keys among more workgroups.
   *
   * @param numKeys Most keys that one of their rows attends to.
   */
  reach(numKeys: number): void {
    this.#rounds.reach(numKeys);
  }

  /** Says that the launches of a round were submitted: the next verifies the tree that it drafts. */
  advance(): void {
    this.#rounds.waiting = this.#rounds.plan;
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
    this.#rounds.start(this.choosing.start(start));
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
    const rows = ids.map((token, row) => ({
      token,
      position: firstPosition + row,
    }));
    queue.writeBuffer(this.buffers.rows, 0, packRows(rows, numRows - 1));
    // Where the prompt ends, the device puts its choice in the place of the 0.
    const following = rows.map(({ position }, row) => ({
      token: ids[row + 1] ?? nextId ?? 0,
      position,
      hiddenRow: row,
    }));
    const newestFirst = packRows(following.reverse(), 0);
    queue.writeBuffer(this.buffers.draftRows, 0, newestFirst);
    const { layers, norm, lmHead } = this.#forward;
    // One row, or a full tile, and for a drafter always that: no other kernels than those compiled at load.
    const tiles = Math.max(numRows, MAX_ROW_TILE);
    const count = numRows === 1 ? 1 : tiles;
    const numKeys = firstPosition + numRows;
    const forward = layers.flatMap((op) => op(count, { numKeys }));
    if (!isLast) {
      return this.#draft === null || this.gear === 0
        ? forward
        : [...forward, ...norm(count), ...this.#draft.absorb(tiles)];
    }
    this.advance();
    // The tree's rows are drafted now, and verified in the next round.
    const reach = { numKeys: numKeys + this.maxCommitted };
    this.reach(reach.numKeys);
    return [
      ...forward,
      ...norm(count),
      ...[lmHead, ...this.#rounds.choosing].flatMap((op) => op(1)),
      ...this.#rounds.plan?.propose(tiles, reach) ?? [],
    ];
  }

  /** Most positions that one round commits. */
  get maxCommitted(): number {
    return Math.max(1, ...this.#plans.map((plan) => plan.maxCommitted));
  }

  /** First pool entry that the contrastive branch proposes. */
  get contrastiveEntry(): number {
    return this.#rounds.waiting?.contrastiveEntry ?? Infinity;
  }

  /** u32 for each pool entry, which of a Jakiro* drafter's experts proposed it, or null. */
  get draftBranches(): GPUBuffer | null {
    return this.#rounds.waiting?.branches ?? null;
  }

  /**
   * Lists every step of every pass.
   *
   * @param gears Gears whose passes are wanted besides those of plain decoding. Default: all.
   * @returns Functions that give a step's launches, compiling its kernels.
   */
  steps(gears?: readonly number[]): readonly (() => readonly Dispatch[])[] {
    return listSteps({
      forward: this.#forward,
      choosing: [...this.choosing.ops, ...this.#commit],
      plans: gears?.flatMap((gear) => this.#plans[gear - 1] ?? []) ??
        this.#plans,
      maxRows: this.#target.workspace.maxRows,
    });
  }

  /** Frees the cache and the buffers. */
  [Symbol.dispose](): void {
    this.#draft?.[Symbol.dispose]();
    this.#cache[Symbol.dispose]();
    for (const buffer of this.#owned) this.#gpu.destroyBuffer(buffer);
  }
}
