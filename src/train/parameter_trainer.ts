import {
  defaultDevice,
  jit,
  numpy as np,
  type OwnedFunction,
  valueAndGrad,
} from "@jax-js/jax";
import { adamw, type ArraysByKey, type OptimizerState } from "./adamw.ts";
import { learningRate } from "./learning_rate.ts";
import type { NamedTensor, NamedTensors } from "./named_tensor.ts";
import type { OptimizerRecipe } from "./optimizer_recipe.ts";
import {
  disposeState,
  firstState,
  putState,
  readState,
} from "./optimizer_state.ts";
import type { ParameterLayout } from "./parameter_layout.ts";
import type { TrainBackend, TrainerState } from "./trainer.ts";

/** Scalars by name. */
export type Scalars = Readonly<Record<string, number>>;

/** What a network's parameters are fitted to; both are traced, and consume nothing. */
export interface Objective<Inputs extends ArraysByKey> {
  /** The loss of a step, and terms of it to report; `key` `[2]` seeds what is random. */
  loss(
    parameters: ArraysByKey,
    inputs: Inputs,
    key: np.Array,
  ): { readonly loss: np.Array; readonly terms: ArraysByKey };
  /** Terms to report of a batch that is not trained on. */
  evaluate(parameters: ArraysByKey, inputs: Inputs): ArraysByKey;
}

/** What a `ParameterTrainer` is made of. */
export interface ParameterTrainerOptions<Inputs extends ArraysByKey> {
  /** Where it computes; initialised. */
  readonly device: TrainBackend;
  /** The parameters. */
  readonly layout: ParameterLayout;
  /** First values by the names in `layout`, instead of random ones. */
  readonly initial: NamedTensors | null;
  /** The optimiser. */
  readonly recipe: OptimizerRecipe;
  /** Of the first values, and of what is random in a step. */
  readonly seed: number;
  /** What is minimised. */
  readonly objective: Objective<Inputs>;
}

/** Steps that a device may have before it: a GPU's must not run out, a processor's hold memory. */
const MAX_QUEUED: Readonly<Record<TrainBackend, number>> = {
  webgpu: 3,
  wasm: 0,
};
const GRAD_NORM = "gradNorm";

type Schedule = { readonly rates: np.Array; readonly key: np.Array };

type Step = (
  state: OptimizerState,
  inputs: ArraysByKey,
  schedule: Schedule,
) => { state: OptimizerState; scalars: np.Array };

type Evaluate = (
  parameters: ArraysByKey,
  inputs: ArraysByKey,
) => np.Array;

/** Fits parameters to batches: the part of a trainer that knows no network. */
export class ParameterTrainer<Inputs extends ArraysByKey>
  implements Disposable {
  readonly device: TrainBackend;
  readonly #options: ParameterTrainerOptions<Inputs>;
  readonly #step: OwnedFunction<Step>;
  readonly #evaluate: OwnedFunction<Evaluate>;
  #state: OptimizerState;
  #numSteps = 0;
  #queued: Promise<void>[] = [];
  #sums: number[] = [];
  #numSummed = 0;
  /** Names of what the two functions return, known once they are traced. */
  #stepNames: readonly string[] = [];
  #evaluateNames: readonly string[] = [];

  /** @param options Parameters, recipe, what is minimised. */
  constructor(options: ParameterTrainerOptions<Inputs>) {
    const { device, objective, recipe } = options;
    this.device = device;
    this.#options = options;
    this.#state = firstState(options.layout, options);
    this.#step = jit<Step>((state, inputs, { rates, key }) => {
      const gradient = valueAndGrad(
        (parameters: ArraysByKey): [np.Array, ArraysByKey] => {
          const { loss, terms } = objective.loss(
            parameters,
            inputs as Inputs,
            key,
          );
          return [loss, { loss: loss.ref, ...terms }];
        },
        { hasAux: true },
      );
      const [[loss, terms], gradients] = gradient(state.parameters);
      const next = adamw(state, gradients, { recipe, rates });
      loss.dispose();
      const named = { ...terms, [GRAD_NORM]: next.gradNorm };
      this.#stepNames = Object.keys(named);
      return { state: next.state, scalars: np.stack(Object.values(named)) };
    });
    this.#evaluate = jit<Evaluate>((parameters, inputs) => {
      const terms = objective.evaluate(parameters, inputs as Inputs);
      this.#evaluateNames = Object.keys(terms);
      return np.stack(Object.values(terms));
    });
  }

  /** Steps made or queued. */
  get numSteps(): number {
    return this.#numSteps;
  }

  /**
   * Queues a step, and waits while many are queued.
   *
   * @param inputs The batch and what all batches share; consumed.
   */
  async step(inputs: Inputs): Promise<void> {
    const { device, recipe, seed } = this.#options;
    const { beta1, beta2 } = recipe;
    const done = this.#numSteps + 1;
    defaultDevice(device);
    const { state, scalars } = this.#step(this.#state, inputs, {
      rates: np.array(
        Float32Array.of(
          learningRate(this.#numSteps, recipe),
          1 / (1 - beta1 ** done),
          1 / (1 - beta2 ** done),
        ),
        { device },
      ),
      key: np.array(Uint32Array.of(seed, this.#numSteps), { device }),
    });
    this.#state = state;
    this.#numSteps = done;
    // Submits the step, so that the next can have the buffers that only this one used.
    if (device === "webgpu") await scalars.ref.gpuBuffer();
    this.#queued.push(this.#sum(scalars));
    if (this.#queued.length > MAX_QUEUED[device]) await this.#queued.shift();
  }

  /** Waits for all queued steps; the means of their terms since the last call, NaN where there were none. */
  async means(): Promise<Scalars> {
    await Promise.all(this.#queued);
    this.#queued = [];
    const count = this.#numSummed;
    const entries = this.#stepNames.map((
      name,
      index,
    ) => [name, (this.#sums[index] ?? NaN) / count] as const);
    this.#sums = [];
    this.#numSummed = 0;
    return Object.fromEntries(entries);
  }

  /**
   * Computes the terms of a batch.
   *
   * @param inputs The batch and what all batches share; consumed.
   */
  async evaluate(inputs: Inputs): Promise<Scalars> {
    const parameters = references(this.#state.parameters);
    defaultDevice(this.device);
    const values = await this.#evaluate(parameters, inputs).data();
    return Object.fromEntries(
      this.#evaluateNames.map((name, index) => [name, values[index] ?? NaN]),
    );
  }

  /** The parameters by the names in the layout. */
  tensors(): Promise<NamedTensors> {
    return this.#read(["parameters"]);
  }

  /** What `restore` needs. */
  async state(): Promise<TrainerState> {
    const step = this.#numSteps;
    const tensors = await this.#read(["parameters", "moment1", "moment2"]);
    return { step, tensors };
  }

  /**
   * Puts back what `state` gave.
   *
   * @throws {ReferenceError} A tensor is missing.
   * @throws {RangeError} A tensor has another shape.
   */
  async restore({ step, tensors }: TrainerState): Promise<void> {
    await this.means();
    const { device } = this;
    const state = putState(this.#options.layout, { tensors, device });
    disposeState(this.#state);
    this.#state = state;
    this.#numSteps = step;
  }

  /** Frees the device's memory. */
  [Symbol.dispose](): void {
    disposeState(this.#state);
    this.#step.dispose();
    this.#evaluate.dispose();
  }

  #read(
    parts: readonly (keyof OptimizerState)[],
  ): Promise<Map<string, NamedTensor>> {
    const { layout } = this.#options;
    return readState(this.#state, { layout, parts });
  }

  async #sum(scalars: np.Array): Promise<void> {
    const values = await scalars.data();
    this.#sums = Array.from(
      values,
      (value, index) => value + (this.#sums[index] ?? 0),
    );
    this.#numSummed++;
  }
}

function references(arrays: ArraysByKey): ArraysByKey {
  return Object.fromEntries(
    Object.entries(arrays).map(([key, array]) => [key, array.ref]),
  );
}
