import type { Trainer } from "../../src/train/mod.ts";
import type { TokenBatch } from "./token_batch.ts";

/** Of a step, or the means of several. */
export interface LlamaLosses {
  /** Cross-entropy in nats a token. */
  readonly loss: number;
  /** The norm of all gradients before clipping. */
  readonly gradNorm: number;
}

/** Trains a Llama from its first weights on. */
export type LlamaTrainer = Trainer<
  TokenBatch,
  LlamaLosses,
  Pick<LlamaLosses, "loss">
>;
