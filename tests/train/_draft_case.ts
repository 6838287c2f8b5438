import { defaultDevice, init, numpy as np } from "@jax-js/jax";
import type { ArraysByKey } from "../../src/train/adamw.ts";
import { causalMask } from "../../src/train/causal_mask.ts";
import { draftLayout } from "../../src/train/draft_layout.ts";
import type { DraftInputs } from "../../src/train/draft_loss.ts";
import type { DraftShape } from "../../src/train/draft_shape.ts";
import type {
  NamedTensor,
  NamedTensors,
} from "../../src/train/named_tensor.ts";
import {
  packParameter,
  parameterShape,
  type ParameterSpec,
} from "../../src/train/parameter_layout.ts";
import { createRotary } from "../../src/train/rotary.ts";
import type { TrainBatch } from "../../src/train/train_batch.ts";
import type { DraftTrainingSequence } from "../reference/draft_training.ts";

/** Numbers in [-1, 1), the same for the same seed. */
export function randomValues(
  count: number,
  options: { readonly seed: number; readonly scale?: number },
): Float32Array<ArrayBuffer> {
  let state = options.seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ state >>> 15, state | 1);
    bits ^= bits + Math.imul(bits ^ bits >>> 7, bits | 61);
    const unit = ((bits ^ bits >>> 14) >>> 0) / 2 ** 32;
    return (options.scale ?? 1) * (2 * unit - 1);
  });
}

/** Tensors of a drafter that are far from symmetric, so that every term has a gradient. */
export function randomDrafter(
  shape: DraftShape,
  seed: number,
): Map<string, NamedTensor> {
  const tensors = new Map<string, NamedTensor>();
  for (
    const { parts, start } of Object.values<ParameterSpec>(draftLayout(shape))
  ) {
    for (const { name, shape: axes } of parts) {
      const values = randomValues(axes.reduce((a, b) => a * b), {
        seed: seed + tensors.size,
        scale: start === "ones" ? 0.3 : 2 / Math.sqrt(axes[1] ?? 16),
      });
      if (start === "ones") values.forEach((x, i) => values[i] = x + 1);
      tensors.set(name, { shape: axes, values });
    }
  }
  return tensors;
}

/** A batch with tokens that do not count, among them padding at the end. */
export function randomBatch(
  shape: DraftShape,
  options: {
    readonly numSequences: number;
    readonly length: number;
    readonly seed: number;
  },
): TrainBatch {
  const { numSequences, length, seed } = options;
  const size = numSequences * length;
  const draw = randomValues(size, { seed });
  return {
    numSequences,
    length,
    tokenIds: Int32Array.from(
      draw,
      (x) => Math.floor((x + 1) / 2 * shape.vocabSize),
    ),
    hidden: randomValues(size * shape.hiddenSize, { seed: seed + 1, scale: 2 }),
    lossMask: Float32Array.from(
      { length: size },
      (_, i) =>
        i % length < length - 1 - Math.floor(i / length) && i % 4 !== 1 ? 1 : 0,
    ),
  };
}

/** A batch as the reference takes it. */
export function sequencesOf(
  batch: TrainBatch,
  hiddenSize: number,
): DraftTrainingSequence[] {
  const { length } = batch;
  return Array.from({ length: batch.numSequences }, (_, s) => ({
    tokenIds: [...batch.tokenIds.subarray(s * length, (s + 1) * length)],
    lossMask: [...batch.lossMask.subarray(s * length, (s + 1) * length)],
    hidden: Array.from({ length }, (_, t) => {
      const first = (s * length + t) * hiddenSize;
      return [...batch.hidden.subarray(first, first + hiddenSize)];
    }),
  }));
}

/** Puts tensors on the device as parameters. */
export function putParameters(
  layout: Readonly<Record<string, ParameterSpec>>,
  tensors: NamedTensors,
): ArraysByKey {
  return Object.fromEntries(
    Object.entries(layout).map(([key, spec]) => [
      key,
      np.array(packParameter(spec, tensors).values, {
        shape: parameterShape(spec),
      }),
    ]),
  );
}

/** Puts a batch and what all batches share on the device. */
export function putInputs(
  batch: TrainBatch,
  options: {
    readonly shape: DraftShape;
    readonly numPasses: number;
    readonly embedTokens: Float32Array<ArrayBuffer>;
    readonly lmHead: Float32Array<ArrayBuffer>;
  },
): DraftInputs {
  const { shape, numPasses } = options;
  const axes = [batch.numSequences, batch.length];
  const matrix = [shape.vocabSize, shape.hiddenSize];
  return {
    tokenIds: np.array(batch.tokenIds, { shape: axes }),
    hidden: np.array(batch.hidden, { shape: [...axes, shape.hiddenSize] }),
    lossMask: np.array(batch.lossMask, { shape: axes }),
    embedTokens: np.array(options.embedTokens, { shape: matrix }),
    lmHead: np.array(options.lmHead, { shape: matrix }),
    ...createRotary({
      ...shape,
      length: batch.length + numPasses - 1,
      device: "wasm",
    }),
    causalMask: causalMask(batch.length, "wasm"),
  };
}

/** Starts the library on the CPU. */
export async function startWasm(): Promise<void> {
  await init("wasm");
  defaultDevice("wasm");
}
