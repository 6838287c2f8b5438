/**
 * Trains drafters for Llama-family language models: `trainDrafter`.
 *
 * Apart from the engine, so that whoever only runs models does not load what computes gradients.
 *
 * @module
 */

export * from "./src/train/mod.ts";
export type { DraftConfig, RopeScaling } from "./src/checkpoint/mod.ts";
