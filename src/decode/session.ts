import {
  accept,
  choose,
  COMMITTED_BYTES,
  HISTORY_BYTES,
  isFiltered,
  kvCommit,
  logitCut,
  logProb,
  MAX_NODES,
  MAX_ROW_TILE,
  NODE_BYTES,
  type Op,
  packRows,
  packSampling,
  rowTableBytes,
  SAMPLING_BYTES,
  type SamplingBuffers,
  type SamplingParams,
  type State,
  STATE_BYTES,
  STATE_WORDS,
  TOKEN_STATE,
} from "../ops/mod.ts";
import { type ForwardOps, KvCache, type Target } from "../model/mod.ts";
import type { Dispatch } from "../gpu/dispatch.ts";
import { type Drafter, DraftSession, type TreeOptions } from "../draft/mod.ts";
import type { Gpu } from "../gpu/gpu.ts";

/** What a generation starts with. */
export interface SessionStart {
  /** Ids of the prompt, at least one. */
  readonly prompt: readonly number[];
  /** How tokens are chosen. */
  readonly sampling: SamplingParams;
  /** Added to the logits of some ids. */
  readonly logitBias: ReadonlyMap<number, number>;
  /** Most tokens to generate. */
  readonly maxTokens: number;
  /** Ids that end the text. */
  readonly endTokens: readonly number[];
  /** Whether to go on past them. */
  readonly ignoreEos: boolean;
  /** Whether to compute log probabilities. */
  readonly logProbs: boolean;
}

/** Who drafts, and trees of what shape. */
export interface Drafting {
  readonly drafter: Drafter;
  readonly tree: Required<TreeOptions>;
}

/** One sequence on the device: its cache, its state, and the launches of its rounds. */
export class Session implements Disposable {
  /** Whether a generation is using the session. */
  isBusy = false;
  /** Ids whose keys and values are in the cache. */
  cachedTokens: readonly number[] = [];
  /** `[S+1]`: the token at each position generated, see `kernels/lib/history.wgsl`. */
  readonly history: GPUBuffer;
  /** See {@linkcode State}. */
  readonly state: GPUBuffer;
  readonly #gpu: Gpu;
  readonly #target: Target;
  readonly #cache: KvCache;
  readonly #rows: GPUBuffer;
  readonly #draftRows: GPUBuffer;
  readonly #nodes: GPUBuffer;
  readonly #draft: DraftSession | null;
  readonly #numNodes: number;
  readonly #commit: readonly Op[];
  readonly #sampling: SamplingBuffers;
  readonly #buffers: GPUBuffer[] = [];
  readonly #forward: ForwardOps;
  readonly #choice: Readonly<
    Record<"logProb" | "cut" | "choose" | "accept", Op>
  >;
  #round: readonly Dispatch[] = [];
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
    const { vocabSize } = config;
    this.history = this.#createBuffer(
      "history",
      (contextLength + 1) * HISTORY_BYTES,
    );
    this.state = this.#createBuffer("state", STATE_BYTES);
    const { maxRows } = target.workspace;
    const rows = this.#createBuffer("rows", rowTableBytes(maxRows));
    this.#rows = rows;
    const draftRows = this.#createBuffer("draft rows", rowTableBytes(maxRows));
    this.#draftRows = draftRows;
    const nodes = this.#createBuffer("nodes", MAX_NODES * NODE_BYTES);
    this.#nodes = nodes;
    const committed = this.#createBuffer("committed", COMMITTED_BYTES);
    const sampling = {
      sampling: this.#createBuffer(
        "sampling",
        SAMPLING_BYTES,
        GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
      ),
      logits: target.workspace.logits,
      bias: this.#createBuffer("bias", vocabSize * 4),
      tokenState: this.#createBuffer("token state", vocabSize * 4),
      cut: this.#createBuffer("cut", MAX_NODES * 4),
    };
    this.#sampling = sampling;
    const choice = this.#createBuffer("choice", MAX_NODES * 4);
    const logProbs = this.#createBuffer("log prob", MAX_NODES * 4);
    const shared = { ...sampling, rows, choice, vocabSize };
    this.#forward = target.forward(rows, this.#cache);
    this.#choice = {
      logProb: logProb(gpu, { ...shared, logProb: logProbs }),
      cut: logitCut(gpu, shared),
      choose: choose(gpu, shared),
      accept: accept(gpu, {
        ...shared,
        logProb: logProbs,
        state: this.state,
        nodes,
        draftRows,
        committed,
        history: this.history,
        contextLength,
      }),
    };
    const { groups, slotSize, partStride } = this.#cache;
    this.#commit = drafting === null
      ? []
      : groups.map((group) =>
        kvCommit(gpu, {
          committed,
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
      buffers: {
        ...sampling,
        state: this.state,
        history: this.history,
        rows,
        draftRows,
        nodes,
      },
    });
  }

  /** Launches of one round: from the last token's row to the next token's. */
  get round(): readonly Dispatch[] {
    return this.#round;
  }

  /**
   * Sets the device's state for a new generation, and the launches for its options.
   *
   * @param start What the generation starts with.
   */
  start(start: SessionStart): void {
    const { queue } = this.#gpu.device;
    const { vocabSize } = this.#target.config;
    const { sampling, logitBias, prompt } = start;
    queue.writeBuffer(this.#sampling.sampling, 0, packSampling(sampling));
    if (sampling.hasBias) {
      const bias = new Float32Array(vocabSize);
      for (const [id, value] of logitBias) bias[id] = value;
      queue.writeBuffer(this.#sampling.bias, 0, bias);
    }
    const tokenState = new Uint32Array(vocabSize);
    for (const id of prompt) tokenState[id] = TOKEN_STATE.inPrompt;
    for (const id of start.endTokens) {
      tokenState[id] = (tokenState[id] ?? 0) | TOKEN_STATE.isEnd;
    }
    queue.writeBuffer(this.#sampling.tokenState, 0, tokenState);
    const state: State = {
      length: 0,
      numGenerated: 0,
      maxGenerated: start.maxTokens,
      contextLength: this.#target.contextLength,
      stop: 0,
      numRounds: 0,
      ignoreEnd: start.ignoreEos ? 1 : 0,
    };
    const words = STATE_WORDS.map((word) => state[word]);
    queue.writeBuffer(this.state, 0, new Uint32Array(words));
    const { cut, choose, accept, logProb } = this.#choice;
    this.#choosing = [
      ...(isFiltered(sampling) ? [cut] : []),
      choose,
      ...(start.logProbs ? [logProb] : []),
      accept,
    ];
    const { layers, norm, lmHead } = this.#forward;
    const verify = [
      ...layers,
      norm,
      lmHead,
      ...this.#choosing,
      ...this.#commit,
    ];
    const draft = this.#draft;
    this.#round = [
      ...verify.flatMap((op) => op(this.#numNodes)),
      ...draft?.propose(draft.maxCommitted) ?? [],
    ];
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
    queue.writeBuffer(this.#rows, 0, table(ids));
    // Where the prompt ends, the device puts its choice in the place of the 0.
    const following = [...ids.slice(1), nextId ?? 0];
    queue.writeBuffer(this.#draftRows, 0, table(following));
    const { layers, norm, lmHead } = this.#forward;
    const forward = layers.flatMap((op) => op(numRows));
    if (!isLast) {
      return this.#draft === null
        ? forward
        : [...forward, ...norm(numRows), ...this.#draft.absorb(numRows)];
    }
    return [
      ...forward,
      ...norm(numRows),
      ...[lmHead, ...this.#choosing].flatMap((op) => op(1)),
      ...this.#draft?.propose(numRows) ?? [],
    ];
  }

  /** Most positions that one round commits. */
  get maxCommitted(): number {
    return this.#draft?.maxCommitted ?? 1;
  }

  /** Where a proposed tree lies, and the first pool entry of its last level. */
  get treeBuffers(): {
    readonly rows: GPUBuffer;
    readonly nodes: GPUBuffer;
    readonly history: GPUBuffer;
    readonly lastLevel: number;
  } {
    return {
      rows: this.#rows,
      nodes: this.#nodes,
      history: this.history,
      lastLevel: this.#draft?.contrastiveEntry ?? Infinity,
    };
  }

  /** Whether a drafter is at work. */
  get isDrafting(): boolean {
    return this.#draft !== null;
  }

  /**
   * Lists every step of every pass, for one row and for several.
   *
   * @returns Functions that give a step's launches, compiling its kernels.
   */
  allSteps(): readonly (() => readonly Dispatch[])[] {
    const { layers, norm, lmHead } = this.#forward;
    const counts = new Set([1, MAX_ROW_TILE, this.#numNodes]);
    const steps = [...layers, norm, lmHead].flatMap((op) =>
      [...counts].map((count) => () => op(count))
    );
    const choosing = [...Object.values(this.#choice), ...this.#commit];
    const draft = this.#draft;
    return [
      ...steps,
      ...choosing.map((op) => () => op(1)),
      ...draft === null ? [] : [1, MAX_ROW_TILE, draft.maxCommitted]
        .map((count) => () => draft.propose(count)),
    ];
  }

  #createBuffer(label: string, sizeBytes: number, usage?: number): GPUBuffer {
    const buffer = this.#gpu.createBuffer(label, sizeBytes, usage);
    this.#buffers.push(buffer);
    return buffer;
  }

  /** Frees the cache and the buffers. */
  [Symbol.dispose](): void {
    this.#draft?.[Symbol.dispose]();
    this.#cache[Symbol.dispose]();
    for (const buffer of this.#buffers) this.#gpu.destroyBuffer(buffer);
  }
}
