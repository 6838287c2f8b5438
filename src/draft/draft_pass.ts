import type { DraftPass, DraftPassArgs } from "./draft_layer.ts";
import type { DraftWeights } from "./draft_weights.ts";
import { eagle3Pass } from "./eagle3_pass.ts";
import { eaglePass } from "./eagle_pass.ts";
import type { Gpu } from "../gpu/gpu.ts";

/**
 * Lists the steps of a drafter's pass, whatever its kind.
 *
 * @param gpu Device.
 * @param weights The drafter's weights.
 * @param args Buffers and branches.
 * @returns The steps, in order.
 */
export function draftPass(
  gpu: Gpu,
  weights: DraftWeights,
  args: DraftPassArgs,
): DraftPass {
  return weights.isEagle3
    ? eagle3Pass(gpu, weights, args)
    : eaglePass(gpu, weights, args);
}
