import {
  accept,
  choose,
  isFiltered,
  logitCut,
  logProb,
  type Op,
  packSampling,
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

/** One sequence on the device: its cache, its state, and the launches of its rounds. */
export class Session implements Disposable {
  /** Whether a generation is using the session. */
  isBusy = false;
  /** Ids whose keys and values are in the cache. */
  cachedTokens: readonly number[] = [];
  /** `[S+1]` u32: the id at each position generated. */
  readonly tokens: GPUBuffer;
  /** `[S+1]` f32: the log probability of each. */
  readonly logProbs: GPUBuffer;
  /** See {@linkcode State}. */
  readonly state: GPUBuffer;
  readonly #gpu: Gpu;
  readonly #target: Target;
  readonly #cache: KvCache;
  readonly #rows: GPUBuffer;
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
   * @throws {RangeError} If the cache is longer than the device allows.
   */
  constructor(gpu: Gpu, target: Target) {
    this.#gpu = gpu;
    this.#target = target;
    const { elem, contextLength, config } = target;
    this.#cache = new KvCache(gpu, config, {
      numSlots: contextLength,
      elem,
    });
    const { vocabSize } = config;
    const tokensBytes = (contextLength + 1) * 4;
    this.tokens = this.#createBuffer("tokens", tokensBytes);
    this.logProbs = this.#createBuffer("log probs", tokensBytes);
    this.state = this.#createBuffer("state", STATE_BYTES);
    const rows = this.#createBuffer("rows", 8 + 8 * target.workspace.maxRows);
    this.#rows = rows;
    const sampling = {
      sampling: this.#createBuffer(
        "sampling",
        SAMPLING_BYTES,
        GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
      ),
      logits: target.workspace.logits,
      bias: this.#createBuffer("bias", vocabSize * 4),
      tokenState: this.#createBuffer("token state", vocabSize * 4),
      cut: this.#createBuffer("cut", 16),
    };
    this.#sampling = sampling;
    const choice = this.#createBuffer("choice", 16);
    const logProbs = this.#createBuffer("log prob", 16);
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
        tokens: this.tokens,
        logProbs: this.logProbs,
        contextLength,
      }),
    };
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
    this.#round = [...layers, norm, lmHead, ...this.#choosing]
      .flatMap((op) => op(1));
  }

  /**
   * Writes the rows of a prompt chunk and lists the launches that take it into the cache; the last chunk's
   * also choose the first token.
   *
   * @param ids Ids of the chunk, at most the workspace's rows.
   * @param firstPosition Position of the first.
   * @param isLast Whether the prompt ends with this chunk.
   * @returns The launches.
   */
  prefill(
    ids: readonly number[],
    firstPosition: number,
    isLast: boolean,
  ): readonly Dispatch[] {
    const numRows = ids.length;
    const words = new Uint32Array(2 + 2 * numRows);
    words[0] = numRows;
    words[1] = numRows - 1;
    ids.forEach((id, row) => {
      words[2 + 2 * row] = id;
      words[3 + 2 * row] = firstPosition + row;
    });
    this.#gpu.device.queue.writeBuffer(this.#rows, 0, words);
    const { layers, norm, lmHead } = this.#forward;
    const forward = layers.flatMap((op) => op(numRows));
    if (!isLast) return forward;
    return [
      ...forward,
      ...norm(numRows),
      ...[lmHead, ...this.#choosing].flatMap((op) => op(1)),
    ];
  }

  /**
   * Lists every step of every pass, for one row and for several.
   *
   * @returns Functions that give a step's launches, compiling its kernels.
   */
  allSteps(): readonly (() => readonly Dispatch[])[] {
    const { layers, norm, lmHead } = this.#forward;
    const steps = [...layers, norm].flatMap((op) => [
      () => op(1),
      () => op(2),
    ]);
    const choosing = [lmHead, ...Object.values(this.#choice)];
    return [...steps, ...choosing.map((op) => () => op(1))];
  }

  #createBuffer(label: string, sizeBytes: number, usage?: number): GPUBuffer {
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
