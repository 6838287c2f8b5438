import {
  draftInput,
  matmul,
  matmulHidden,
  matmulLinear,
  moeRoute,
} from "../ops/mod.ts";
import {
  draftLayer,
  type DraftPass,
  type DraftPassArgs,
} from "./draft_layer.ts";
import type { EagleWeights } from "./eagle_weights.ts";
import type { Gpu } from "../gpu/gpu.ts";

/**
 * Lists the steps of a pass of EAGLE or Jakiro: one decoder layer without an input norm on
 * `fc([embedding; hidden state])`, its feed-forward block two experts or one; the target's head.
 *
 * Source: jakiro (arXiv 2502.06282), section 3; EAGLE (arXiv 2401.15077).
 *
 * @param gpu Device.
 * @param weights The drafter's weights.
 * @param args Buffers and branches.
 * @returns The steps, in order.
 */
export function eaglePass(
  gpu: Gpu,
  weights: EagleWeights,
  args: DraftPassArgs,
): DraftPass {
  const { workspace, rows, numBranches } = args;
  const { input, normed, activation, routed, hidden } = workspace;
  const { hiddenSize, elem, moe } = weights;
  const [residual] = workspace.residuals;
  const layer = draftLayer(gpu, { ...args, weights, x: normed, residual });
  return {
    absorb: [
      draftInput(gpu, {
        rows,
        w: args.embedTokens,
        hidden: args.pass === 0 ? args.targetHidden : hidden,
        out: input,
      }),
      matmulLinear(gpu, {
        rows,
        x: input,
        w: weights.fc,
        bias: weights.fcBias,
        out: residual,
        outElem: normed,
      }),
      layer.qkv,
    ],
    finish: [
      ...layer.toActivation,
      ...(moe === null ? [] : [
        moeRoute(gpu, {
          rows,
          x: normed,
          gate: moe.gate,
          act: activation,
          out: routed,
          elem,
          hiddenSize,
          expertSize: moe.expertSize,
          numExperts: moe.numExperts,
          numBranches,
        }),
      ]),
      matmulHidden(gpu, {
        rows,
        x: moe === null ? activation : routed,
        w: weights.down,
        residual,
        out: hidden,
        numBranches,
      }),
    ],
    lmHead: matmul(gpu, {
      rows,
      x: hidden,
      w: args.lmHead,
      out: workspace.logits,
      numBranches,
    }),
  };
}
