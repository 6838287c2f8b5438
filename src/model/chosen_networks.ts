import {
  chooseExperts,
  matmulChosenAdd,
  matmulChosenSwiglu,
  type Op,
  rmsNorm,
} from "../ops/mod.ts";
import type { DecoderLayerArgs } from "./decoder_layer.ts";
import type { Gpu } from "../gpu/gpu.ts";

/**
 * Lists the steps of a feed-forward block of several networks, of which each row takes some.
 *
 * @param gpu Device.
 * @param args Weights, buffers and sizes.
 * @returns The steps, in order; none where there is one network.
 */
export function chosenNetworks(
  gpu: Gpu,
  args: DecoderLayerArgs,
): readonly Op[] {
  const { weights, workspace, rows, config, elem } = args;
  const { residual, normed, activation, choice } = workspace;
  const { hiddenSize, intermediateSize, experts } = config;
  const { router } = weights;
  if (experts === null || router === null) return [];
  const chosen = { ...experts, choice, rows };
  return [
    rmsNorm(gpu, {
      rows,
      x: residual,
      weight: weights.feedForwardNorm,
      out: normed,
      elem,
      hiddenSize,
      eps: config.rmsNormEps,
    }),
    chooseExperts(gpu, { ...chosen, x: normed, w: router, elem, hiddenSize }),
    matmulChosenSwiglu(gpu, {
      ...chosen,
      x: normed,
      w: weights.gateUp,
      out: activation,
      intermediateSize,
    }),
    matmulChosenAdd(gpu, {
      ...chosen,
      x: activation,
      w: weights.down,
      out: residual,
      hiddenSize,
    }),
  ];
}
