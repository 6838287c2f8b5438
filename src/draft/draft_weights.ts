import {
  type EagleTensors,
  type EagleWeights,
  loadEagleWeights,
} from "./eagle_weights.ts";
import { type Eagle3Weights, loadEagle3Weights } from "./eagle3_weights.ts";
import type { Eagle3Tensors, TensorFiles } from "../checkpoint/mod.ts";
import type { DraftShape } from "./draft_layer_weights.ts";
import type { Elem } from "../gpu/shader.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { RoundedFormat } from "../ops/mod.ts";
import { WeightUploader } from "../model/mod.ts";

/** Weights of a drafter on the device. */
export type DraftWeights = EagleWeights | Eagle3Weights;

/** Tensors of the drafters that run. */
export type DrafterTensors = EagleTensors | Eagle3Tensors;

/**
 * Streams a drafter's weights to the device.
 *
 * @param gpu Device.
 * @param checkpoint Where the tensors are read.
 * @param args Tensors, sizes, number type, what matrices are rounded to.
 * @returns The weights.
 * @throws {RangeError} If a number is not as it must be.
 * @throws {GpuError} If memory runs out.
 */
export async function loadDraftWeights(
  gpu: Gpu,
  checkpoint: TensorFiles,
  args: {
    readonly tensors: DrafterTensors;
    readonly shape: DraftShape;
    readonly elem: Elem;
    readonly rounded: RoundedFormat | null;
  },
): Promise<DraftWeights> {
  const { tensors, shape, elem, rounded } = args;
  using uploader = new WeightUploader(gpu, checkpoint, () => {});
  const upload = { uploader, shape, elem, rounded };
  const weights = tensors.kind === "eagle3"
    ? await loadEagle3Weights(gpu, tensors, upload)
    : await loadEagleWeights(tensors, upload);
  await uploader.finish(elem);
  return weights;
}
