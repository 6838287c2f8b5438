import {
  type DraftTensors,
  openDraftCheckpoint,
  resolveDraftTensors,
} from "../checkpoint/mod.ts";
import { Drafter } from "./drafter.ts";
import type { DraftHead } from "./draft_head.ts";
import type { DrafterTensors } from "./draft_weights.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { MAX_FANOUT, MAX_HEAD_DIM } from "../ops/mod.ts";
import type { Target } from "../model/mod.ts";

/**
 * Loads a drafter from its directory.
 *
 * @param gpu Device.
 * @param target The model it drafts for.
 * @param args Path, or `file:`, `http:` or `https:` URL; and rows of the target's head that it proposes from, where it has
 *   none of its own (default: all).
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
  args: {
    readonly directory: string | URL;
    readonly head?: DraftHead | null;
  },
): Promise<Drafter> {
  const { directory, head = null } = args;
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
    checkpoint,
    tensors,
    head,
    shape: {
      hiddenSize: config.hiddenSize,
      rmsNormEps: config.rmsNormEps,
      normBeforeResidual: config.normBeforeResidual,
      numHeads: config.numAttentionHeads,
      numKvHeads: config.numKeyValueHeads,
      headDim: config.headDim,
      ropeTheta: config.ropeTheta,
      ropeScaling: config.ropeScaling,
    },
  });
}

function supported(tensors: DraftTensors, directory: string): DrafterTensors {
  if (tensors.kind === "eagle3") {
    const [numTokens = 0] = tensors.lmHead.shape;
    if (numTokens < MAX_FANOUT) {
      throw new RangeError(
        `Cannot draft with "${directory}" as its head must have at least ${MAX_FANOUT} tokens: found ${numTokens}`,
      );
    }
  }
  return tensors;
}
