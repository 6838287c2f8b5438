import type { OptimizerRecipe } from "../../../src/train/mod.ts";
import type { LlamaTrainer } from "../../../tools/llama_trainer.ts";
import type { TextBatch } from "../../../tools/llama_trainer.ts";

/** Documents of the given lengths: a begin token, then ids that tell them apart. */
export function documentsOf(...lengths: number[]): Uint16Array[] {
  return lengths.map((length, index) =>
    Uint16Array.from({ length }, (_, place) => place === 0 ? 0 : index + 1)
  );
}

/** A clock that stands still unless it is moved. */
export interface Clock {
  /** Milliseconds. */
  ms: number;
}

/**
 * A trainer of one number, which remembers all batches and learning rates: after the same steps it has the
 * same value, and after others another. A step takes `stepMs`, a start `openMs`.
 */
export class CountingTrainer implements LlamaTrainer {
  readonly backend = "wasm";
  numSteps = 0;
  readonly #recipe: OptimizerRecipe;
  readonly #clock: Clock;
  readonly #stepMs: number;
  #value = 1;

  constructor(
    recipe: OptimizerRecipe,
    { clock, stepMs = 0, openMs = 0 }: {
      readonly clock: Clock;
      readonly stepMs?: number;
      readonly openMs?: number;
    },
  ) {
    this.#recipe = recipe;
    this.#clock = clock;
    this.#stepMs = stepMs;
    clock.ms += openMs;
  }

  async step({ tokenIds }: TextBatch): Promise<void> {
    const { warmupSteps, totalSteps } = this.#recipe;
    const rate = this.numSteps < warmupSteps ? 1 : 1 + 1 / totalSteps;
    const sum = tokenIds.reduce((total, id, place) => total + id * place, 0);
    this.#value = Math.fround((this.#value * 31 + sum * rate) % 65521);
    this.numSteps++;
    this.#clock.ms += this.#stepMs;
    await Promise.resolve();
  }

  async losses(): Promise<{ loss: number; gradNorm: number }> {
    return await Promise.resolve({ loss: 1 / this.numSteps, gradNorm: 1 });
  }

  async evaluate({ lossMask }: TextBatch): Promise<{ loss: number }> {
    const count = lossMask.reduce((total, weight) => total + weight, 0);
    return await Promise.resolve({ loss: count });
  }

  async tensors(): ReturnType<LlamaTrainer["tensors"]> {
    const values = Float32Array.of(this.#value);
    return await Promise.resolve(new Map([["value", { shape: [1], values }]]));
  }

  async state(): ReturnType<LlamaTrainer["state"]> {
    return { step: this.numSteps, tensors: await this.tensors() };
  }

  async restore(
    { step, tensors }: Awaited<ReturnType<LlamaTrainer["state"]>>,
  ): Promise<void> {
    this.numSteps = step;
    this.#value = await Promise.resolve(tensors.get("value")?.values[0] ?? NaN);
  }

  [Symbol.dispose](): void {}
}
