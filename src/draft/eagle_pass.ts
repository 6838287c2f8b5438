import {
  canJoin,
  draftInput,
  matmul,
  matmulHidden,
  matmulLinear,
  type Op,
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
  const { input, normed, activation, gates, hidden } = workspace;
  const { moe, fc } = weights;
  const { embedTokens } = args;
  // A narrow input is put together by the product that reads it: a launch less.
  const isFused = canJoin(fc, embedTokens);
  const continued = args.pass === 0 ? args.targetHidden : hidden;
  const [residual] = workspace.residuals;
  const layer = draftLayer(gpu, { ...args, weights, x: normed, residual });
  const head = (options: { numBranches?: 1 | 2; branch?: 0 | 1 }): Op =>
    matmul(gpu, {
      rows,
      x: hidden,
      w: args.lmHead,
      out: workspace.logits,
      softCap: args.softCap ?? null,
      ...options,
    });
  // The root's pass wants logits of its last row alone, which for each branch lies elsewhere.
  const heads = args.pass === 0 && numBranches === 2
    ? [head({ branch: 0 }), head({ branch: 1 })]
    : [head({ numBranches })];
  return {
    absorb: [
      ...isFused ? [] : [
        draftInput(gpu, {
          rows: args.absorbed,
          w: embedTokens,
          hidden: continued,
          out: input,
        }),
      ],
      matmulLinear(gpu, {
        rows: args.absorbed,
        x: isFused ? continued : input,
        w: fc,
        embedding: isFused ? embedTokens : null,
        bias: weights.fcBias,
        out: residual,
        outElem: normed,
      }),
      layer.qkv,
    ],
    finish: [
      ...layer.toActivation,
      matmulHidden(gpu, {
        rows,
        x: activation,
        w: weights.down,
        experts: moe && { ...moe, gates, numBranches },
        residual,
        out: hidden,
      }),
    ],
    lmHead: (numRows) => heads.flatMap((op) => op(numRows)),
  };
}
