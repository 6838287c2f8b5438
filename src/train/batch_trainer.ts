import type { ArraysByKey } from "./adamw.ts";
import type { ParameterTrainer, Scalars } from "./parameter_trainer.ts";
import type { Trainer } from "./trainer.ts";

/**
 * Makes a trainer of batches out of one of arrays.
 *
 * @param trainer Fits the parameters; disposed with the result.
 * @param options How batches become arrays, scalars become losses, and what else is disposed.
 */
export function batchTrainer<
  Inputs extends ArraysByKey,
  Batch,
  Losses,
  Evaluation,
>(
  trainer: ParameterTrainer<Inputs>,
  options: {
    readonly inputs: (batch: Batch) => Inputs;
    readonly losses: (means: Scalars) => Losses;
    readonly evaluation: (means: Scalars) => Evaluation;
    readonly resources: readonly Disposable[];
  },
): Trainer<Batch, Losses, Evaluation> {
  const { inputs, losses, evaluation, resources } = options;
  return {
    backend: trainer.device,
    get numSteps(): number {
      return trainer.numSteps;
    },
    async step(batch): Promise<void> {
      await trainer.step(inputs(batch));
    },
    async losses(): Promise<Losses> {
      return losses(await trainer.means());
    },
    async evaluate(batch): Promise<Evaluation> {
      return evaluation(await trainer.evaluate(inputs(batch)));
    },
    tensors: () => trainer.tensors(),
    state: () => trainer.state(),
    restore: (state) => trainer.restore(state),
    [Symbol.dispose](): void {
      for (const resource of [trainer, ...resources]) {
        resource[Symbol.dispose]();
      }
    },
  };
}
