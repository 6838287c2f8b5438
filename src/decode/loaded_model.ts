import {
  type ChatMessage,
  type ChatTemplate,
  GrammarCompiler,
  type Tokenizer,
} from "../text/mod.ts";
import { type DraftTree, readDraftTree } from "./draft_tree.ts";
import type { DrafterKind } from "../draft/mod.ts";
import type {
  ChatOptions,
  Chunk,
  GenerateOptions,
  GenerateStatistics,
  SamplingOptions,
} from "./options.ts";
import { abortedStatistics } from "./aborted_statistics.ts";
import { embed } from "./embed.ts";
import { generate } from "./generate.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { GpuError } from "../gpu/gpu_error.ts";
import type { ModelConfig } from "../checkpoint/mod.ts";
import {
  checkStop,
  resolveSampling,
  type SamplingDefaults,
} from "./sampling_params.ts";
import { checkPrompt } from "./check_prompt.ts";
import type { Drafting } from "./drafting.ts";
import type { GearPolicy } from "./gears.ts";
import type { SessionStart } from "./session_buffers.ts";
import { SessionPool, type SessionSlot } from "./session_pool.ts";
import type { Model } from "./model.ts";
import type { ModelParts } from "./model_parts.ts";
import type { Target } from "../model/mod.ts";
import type { Warmth } from "./warmth.ts";

/** {@linkcode Model} over one device, with a pool of sessions. */
export class LoadedModel implements Model {
  /** Sizes and end-of-text ids. */
  readonly config: ModelConfig;
  /** Between text and ids. */
  readonly tokenizer: Tokenizer;
  /** From messages to text, or null where the model has none. */
  readonly chatTemplate: ChatTemplate | null;
  /** Milliseconds that compiling the kernels took when the model was loaded. */
  readonly compileMs: number;
  readonly #gpu: Gpu;
  readonly #target: Target;
  readonly #drafting: Drafting | null;
  readonly #policy: GearPolicy;
  readonly #warmth: Warmth;
  readonly #samplingDefaults: SamplingDefaults;
  readonly #sessions: SessionPool;
  readonly #grammars: GrammarCompiler;

  /** @param parts What the model is made of. */
  constructor(parts: ModelParts) {
    this.#gpu = parts.gpu;
    this.#target = parts.target;
    this.#drafting = parts.drafting;
    this.#policy = parts.policy;
    this.#warmth = parts.warmth;
    this.#samplingDefaults = parts.samplingDefaults;
    this.config = parts.target.config;
    this.tokenizer = parts.tokenizer;
    this.chatTemplate = parts.chatTemplate;
    this.compileMs = parts.compileMs;
    this.#sessions = new SessionPool(parts.gpu, parts);
    this.#grammars = new GrammarCompiler({
      tokenizer: parts.tokenizer,
      vocabSize: this.config.vocabSize,
      endTokens: this.config.eosTokenIds,
    });
  }

  /** Most tokens in a sequence, prompt included. */
  get contextLength(): number {
    return this.#target.contextLength;
  }

  /** Number type of weights and activations. */
  get dtype(): "f16" | "f32" {
    return this.#target.elem;
  }

  /** Kind of drafter at work, or null. */
  get drafter(): DrafterKind | null {
    return this.#drafting?.drafter.kind ?? null;
  }

  /** Name of the device. */
  get deviceName(): string {
    return this.#gpu.adapter.name;
  }

  /** Bytes of all buffers on the device. */
  get allocatedBytes(): number {
    return this.#gpu.allocatedBytes;
  }

  /** See {@linkcode Model.lost}. */
  get lost(): Promise<GpuError> {
    return this.#gpu.lost;
  }

  /** See {@linkcode Model.generate}. */
  async *generate(
    prompt: string | readonly number[],
    options: GenerateOptions = {},
  ): AsyncGenerator<Chunk, GenerateStatistics> {
    const ids = typeof prompt === "string"
      ? this.tokenizer.encode(prompt)
      : prompt;
    return yield* this.#run(ids, options);
  }

  /** See {@linkcode Model.chat}. */
  async *chat(
    messages: readonly ChatMessage[],
    options: ChatOptions = {},
  ): AsyncGenerator<Chunk, GenerateStatistics> {
    if (this.chatTemplate === null) {
      throw new TypeError(
        "Cannot chat as the model must have a chat template: it has none (use generate)",
      );
    }
    const { tokenizer } = this;
    const { tools = [] } = options;
    const ids = this.chatTemplate.encode(messages, { tokenizer, tools });
    return yield* this.#run(ids, options);
  }

  async *#run(
    prompt: readonly number[],
    options: GenerateOptions,
  ): AsyncGenerator<Chunk, GenerateStatistics> {
    const calledMs = performance.now();
    const start = this.#start(prompt, options);
    const stop = checkStop(options.stop);
    using matcher = options.grammar === undefined
      ? null
      : await this.#grammars.begin(options.grammar, prompt);
    let slot: SessionSlot;
    try {
      slot = await this.#sessions.acquire(prompt, options.signal);
    } catch (error) {
      if (!options.signal?.aborted) throw error;
      const { seed } = start.sampling;
      return abortedStatistics({ prompt, seed, calledMs });
    }
    try {
      return yield* generate(this.#gpu, {
        ...slot,
        ...start,
        policy: this.#policy,
        warmth: this.#warmth,
        tokenizer: this.tokenizer,
        maxRows: this.#target.workspace.maxRows,
        contextLength: this.contextLength,
        stop,
        matcher,
        signal: options.signal,
        calledMs,
        numSharing: () => this.#sessions.numBusy,
      });
    } catch (error) {
      throw await this.#gpu.explain(error);
    } finally {
      this.#sessions.release(slot);
      this.#policy.keep();
    }
  }

  /** See {@linkcode Model.draftTree}. */
  async draftTree(
    prompt: string | readonly number[],
    options: SamplingOptions = {},
  ): Promise<DraftTree> {
    if (this.#drafting === null) {
      throw new TypeError(
        "Cannot draft a tree as the model must have a drafter: it has none",
      );
    }
    const ids = typeof prompt === "string"
      ? this.tokenizer.encode(prompt)
      : prompt;
    const start = this.#start(ids, options);
    const { maxRows } = this.#target.workspace;
    return await this.#sessions.use(ids, (session) => {
      session.gear = 1;
      return readDraftTree(this.#gpu, session, { ...start, maxRows });
    });
  }

  /** See {@linkcode Model.embed}. */
  async embed(ids: readonly number[]): Promise<Float32Array<ArrayBuffer>> {
    const { vocabSize } = this.config;
    this.#gpu.throwIfLost();
    checkPrompt(ids, { vocabSize, contextLength: this.contextLength });
    return await this.#sessions.use(
      ids,
      (session) => embed(this.#gpu, session, { ids, target: this.#target }),
    );
  }

  /** Checks prompt and options. */
  #start(prompt: readonly number[], options: GenerateOptions): SessionStart {
    const { vocabSize, eosTokenIds } = this.config;
    this.#gpu.throwIfLost();
    checkPrompt(prompt, { vocabSize, contextLength: this.contextLength });
    const { topLogProbs = 0 } = options;
    return {
      prompt,
      sampling: resolveSampling(options, {
        defaults: this.#samplingDefaults,
        vocabSize,
      }),
      logitBias: options.logitBias ?? new Map<number, number>(),
      maxTokens: options.maxTokens ?? this.contextLength,
      endTokens: eosTokenIds,
      ignoreEos: options.ignoreEos ?? false,
      logProbs: (options.logProbs ?? false) || topLogProbs > 0,
      topLogProbs,
    };
  }

  /** Frees the device and everything on it; running generators fail. */
  [Symbol.dispose](): void {
    this.#gpu[Symbol.dispose]();
  }
}
