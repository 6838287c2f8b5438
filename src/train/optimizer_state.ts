import { numpy as np, random } from "@jax-js/jax";
import type { ArraysByKey, OptimizerState } from "./adamw.ts";
import type { NamedTensor, NamedTensors } from "./named_tensor.ts";
import {
  packParameter,
  type ParameterLayout,
  parameterShape,
  type ParameterSpec,
  unpackParameter,
} from "./parameter_layout.ts";
import type { TrainBackend } from "./trainer.ts";

/** What is put behind the names of tensors in each part of a state. */
const SUFFIXES: Readonly<Record<keyof OptimizerState, string>> = {
  parameters: "",
  moment1: ".moment1",
  moment2: ".moment2",
};

/** Streams of random numbers from here on are for first values, those below for steps. */
const FIRST_STREAM = 2 ** 31;

/**
 * Makes the state before the first step.
 *
 * @param layout The parameters.
 * @param options First values by the layout's names, or the seed of random ones; the device.
 * @returns The state, which the caller disposes.
 * @throws {ReferenceError | RangeError} A first value is missing or has another shape.
 */
export function firstState(
  layout: ParameterLayout,
  options: {
    readonly initial: NamedTensors | null;
    readonly seed: number;
    readonly device: TrainBackend;
  },
): OptimizerState {
  const { initial, seed, device } = options;
  const keys = Object.keys(layout);
  const zeros = (): ArraysByKey =>
    map(layout, (spec) => np.zeros(parameterShape(spec), { device }));
  return {
    parameters: map(
      layout,
      (spec, key) =>
        initial === null
          ? firstValues(spec, {
            seeds: [seed, FIRST_STREAM + keys.indexOf(key)],
            device,
          })
          : put(packParameter(spec, initial), device),
    ),
    moment1: zeros(),
    moment2: zeros(),
  };
}

/**
 * Puts a state back that `readState` gave.
 *
 * @param layout The parameters.
 * @param options The tensors, the device.
 * @returns The state, which the caller disposes.
 * @throws {ReferenceError | RangeError} A tensor is missing or has another shape.
 */
export function putState(
  layout: ParameterLayout,
  options: { readonly tensors: NamedTensors; readonly device: TrainBackend },
): OptimizerState {
  const { tensors, device } = options;
  const part = (of: keyof OptimizerState): ArraysByKey => {
    const suffix = SUFFIXES[of];
    return map(
      layout,
      (spec) => put(packParameter(spec, tensors, { suffix }), device),
    );
  };
  return {
    parameters: part("parameters"),
    moment1: part("moment1"),
    moment2: part("moment2"),
  };
}

/**
 * Reads parts of a state.
 *
 * @param state The state; not consumed.
 * @param options The parameters, and which parts.
 * @returns Tensors by the layout's names, those of moments with `.moment1` or `.moment2` behind.
 */
export async function readState(
  state: OptimizerState,
  options: {
    readonly layout: ParameterLayout;
    readonly parts: readonly (keyof OptimizerState)[];
  },
): Promise<Map<string, NamedTensor>> {
  const { layout, parts } = options;
  const arrays = parts.flatMap((part) =>
    Object.entries(layout).flatMap(([key, spec]) => {
      const { [key]: array } = state[part];
      return array ? [{ spec, array: array.ref, suffix: SUFFIXES[part] }] : [];
    })
  );
  const tensors = new Map<string, NamedTensor>();
  for (const { spec, array, suffix } of arrays) {
    const values = Float32Array.from(await array.data());
    const own = unpackParameter(spec, values, { suffix });
    for (const [name, tensor] of own) tensors.set(name, tensor);
  }
  return tensors;
}

/** Frees a state's memory. */
export function disposeState(state: OptimizerState): void {
  for (const part of Object.values<ArraysByKey>(state)) {
    for (const array of Object.values(part)) array.dispose();
  }
}

function firstValues(
  spec: ParameterSpec,
  options: {
    readonly seeds: readonly [number, number];
    readonly device: TrainBackend;
  },
): np.Array {
  const { seeds, device } = options;
  const { start } = spec;
  const shape = parameterShape(spec);
  if (start === "ones") return np.ones(shape, { device });
  const key = np.array(Uint32Array.of(...seeds), { device });
  if ("normal" in start) return random.normal(key, shape).mul(start.normal);
  const { uniform } = start;
  return random.uniform(key, shape, { minval: -uniform, maxval: uniform });
}

function put(
  { shape, values }: NamedTensor,
  device: TrainBackend,
): np.Array {
  return np.array(values, { shape: [...shape], device });
}

function map(
  layout: ParameterLayout,
  make: (spec: ParameterSpec, key: string) => np.Array,
): ArraysByKey {
  return Object.fromEntries(
    Object.entries(layout).map(([key, spec]) => [key, make(spec, key)]),
  );
}
