import {
  accept,
  allowedWords,
  choose,
  isFiltered,
  logitCut,
  logProb,
  MAX_NODES,
  type Op,
  TOP_LOG_PROBS_BYTES,
  topLogProbs,
} from "../ops/mod.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { SessionBuffers, SessionStart } from "./session_buffers.ts";
import type { Target } from "../model/mod.ts";

/** What the steps of a session's choice are made of. */
export interface ChoosingArgs {
  /** Model that the session runs. */
  readonly target: Target;
  /** The session's buffers. */
  readonly buffers: SessionBuffers;
  /** Allocates a buffer that the session frees, given its name and bytes. */
  readonly create: (label: string, sizeBytes: number) => GPUBuffer;
}

/** The steps from logits to committed tokens; what few generations ask for is made when the first does. */
export class Choosing {
  readonly #gpu: Gpu;
  readonly #args: ChoosingArgs;
  readonly #ops: Readonly<Record<"logProb" | "cut" | "choose" | "accept", Op>>;
  readonly #topOps = new Map<number, Op>();
  #masked: Readonly<Record<"cut" | "choose", Op>> | null = null;
  #allowed: GPUBuffer | null = null;
  #topHistory: GPUBuffer | null = null;
  #numTop = 0;

  /**
   * @param gpu Device.
   * @param args Model and buffers.
   */
  constructor(gpu: Gpu, args: ChoosingArgs) {
    this.#gpu = gpu;
    this.#args = args;
    const shared = this.#shared();
    this.#ops = {
      logProb: logProb(gpu, shared),
      cut: logitCut(gpu, shared),
      choose: choose(gpu, shared),
      accept: accept(gpu, shared),
    };
  }

  /** Steps that most generations take. */
  get ops(): readonly Op[] {
    return Object.values(this.#ops);
  }

  /** Tokens that the generation reports of each position. */
  get numTop(): number {
    return this.#numTop;
  }

  /** `[S+1, 20]`, see `kernels/top_log_probs.wgsl`; null where no generation has asked for it. */
  get topHistory(): GPUBuffer | null {
    return this.#topHistory;
  }

  /**
   * Begins a generation.
   *
   * @param start What it starts with.
   * @returns Its steps.
   */
  start(start: SessionStart): readonly Op[] {
    const { accept, logProb } = this.#ops;
    const { cut, choose } = start.isMasked ? this.#maskedOps() : this.#ops;
    const { vocabSize } = this.#args.target.config;
    this.#numTop = Math.min(start.topLogProbs ?? 0, vocabSize);
    return [
      ...(isFiltered(start.sampling) ? [cut] : []),
      choose,
      ...(start.logProbs ? [logProb] : []),
      accept,
      ...(this.#numTop > 0 ? [this.#topOp(this.#numTop)] : []),
    ];
  }

  /**
   * Says which tokens may follow the rows of the next pass whose logits are wanted.
   *
   * @param masks `[R, ceil(V/32)]`, a bit for each token.
   */
  allow(masks: Uint32Array<ArrayBuffer>): void {
    this.#gpu.device.queue.writeBuffer(this.#allowedBuffer(), 0, masks);
  }

  #shared(): SessionBuffers & {
    readonly vocabSize: number;
    readonly contextLength: number;
  } {
    const { buffers, target } = this.#args;
    const { config, contextLength } = target;
    return { ...buffers, vocabSize: config.vocabSize, contextLength };
  }

  #allowedBuffer(): GPUBuffer {
    const { config } = this.#args.target;
    const sizeBytes = MAX_NODES * allowedWords(config.vocabSize) * 4;
    return this.#allowed ??= this.#args.create("allowed tokens", sizeBytes);
  }

  #maskedOps(): Readonly<Record<"cut" | "choose", Op>> {
    if (this.#masked !== null) return this.#masked;
    const shared = { ...this.#shared(), allowed: this.#allowedBuffer() };
    return this.#masked = {
      cut: logitCut(this.#gpu, shared),
      choose: choose(this.#gpu, shared),
    };
  }

  #topOp(numTokens: number): Op {
    const { contextLength } = this.#args.target;
    const top = this.#topHistory ??= this.#args.create(
      "likeliest tokens",
      (contextLength + 1) * TOP_LOG_PROBS_BYTES,
    );
    const op = this.#topOps.get(numTokens) ??
      topLogProbs(this.#gpu, { ...this.#shared(), top, numTokens });
    this.#topOps.set(numTokens, op);
    return op;
  }
}
