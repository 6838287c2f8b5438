import {
  type DraftTensors,
  type JakiroStarTensors,
  type JakiroTensors,
  openDraftCheckpoint,
  resolveDraftTensors,
} from "../checkpoint/mod.ts";
import { Drafter } from "./drafter.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { MAX_HEAD_DIM } from "../ops/mod.ts";
import type { Target } from "../model/mod.ts";

/**
 * Loads a drafter from its directory.
 *
 * @param gpu Device.
 * @param target The model it drafts for.
 * @param directory Path or `file:` URL.
 * @returns The drafter.
 * @throws {TypeError} If a file is of the wrong kind.
 * @throws {RangeError} If the drafter is for another target, or a size or kind is not supported.
 * @throws {ReferenceError} If a file or tensor is missing.
 * @throws {SyntaxError} If a file cannot be parsed.
 * @throws {GpuError} If memory runs out.
 */
export async function openDrafter(
  gpu: Gpu,
  target: Target,
  directory: string | URL,
): Promise<Drafter> {
  using checkpoint = await openDraftCheckpoint(directory);
  const found = await resolveDraftTensors(checkpoint, target.config);
  const tensors = supported(found, checkpoint.directory);
  const { config } = checkpoint;
  if (config.headDim % 4 !== 0 || config.headDim > MAX_HEAD_DIM) {
    throw new RangeError(
      `Cannot load the drafter as its head_dim must be a multiple of 4 of at most ${MAX_HEAD_DIM}: ${config.headDim}`,
    );
  }
  return await Drafter.load(gpu, target, {
    kind: tensors.kind,
    checkpoint,
    tensors: {
      ...tensors,
      moeGate: tensors.kind === "eagle" ? null : tensors.moeGate,
      experts: tensors.kind === "eagle" ? [tensors] : tensors.experts,
    },
    shape: {
      hiddenSize: config.hiddenSize,
      rmsNormEps: config.rmsNormEps,
      numHeads: config.numAttentionHeads,
      numKvHeads: config.numKeyValueHeads,
      headDim: config.headDim,
      ropeTheta: config.ropeTheta,
      ropeScaling: config.ropeScaling,
    },
  });
}

type EagleTensors = Extract<DraftTensors, { kind: "eagle" }>;

function supported(
  tensors: DraftTensors,
  directory: string,
): JakiroTensors | JakiroStarTensors | EagleTensors {
  if (tensors.kind !== "eagle3") return tensors;
  throw new RangeError(
    `Cannot draft with "${directory}" as its kind must be jakiro, jakiro_star or eagle: found ${tensors.kind}`,
  );
}
