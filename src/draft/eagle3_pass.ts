import {
  eagle3Input,
  gather,
  matmul,
  matmulAdd,
  matmulLinear,
  type Op,
  rmsNorm,
} from "../ops/mod.ts";
import {
  draftLayer,
  type DraftPass,
  type DraftPassArgs,
} from "./draft_layer.ts";
import type { Eagle3Weights } from "./eagle3_weights.ts";
import type { Gpu } from "../gpu/gpu.ts";

/**
 * Lists the steps of a pass of EAGLE-3: one decoder layer on the embedding and the hidden state, each with a
 * norm of its own, then a norm and the drafter's own head. What it continues is, behind the target, `fc` of the
 * states that were tapped there; else its own output before the last norm.
 *
 * Source: EAGLE-3 (arXiv 2503.01840), section 3.
 *
 * @param gpu Device.
 * @param weights The drafter's weights.
 * @param args Buffers.
 * @returns The steps, in order.
 */
export function eagle3Pass(
  gpu: Gpu,
  weights: Eagle3Weights,
  args: DraftPassArgs,
): DraftPass {
  const { workspace, rows, pass } = args;
  const { normed } = workspace;
  const { hiddenSize, elem, rmsNormEps } = weights;
  // What a pass continues must outlive it: several rows can continue the same one.
  const [even, odd] = workspace.residuals;
  const [residual, continued] = pass % 2 === 0 ? [even, odd] : [odd, even];
  const isBehindTarget = pass === 0;
  const isFused = isBehindTarget && weights.fc !== null;
  const isTargets = isBehindTarget && !isFused;
  const layer = draftLayer(gpu, {
    ...args,
    weights,
    x: workspace.input,
    residual,
  });
  return {
    absorb: [
      ...isBehindTarget
        ? fuseTaps(gpu, weights, { ...args, out: continued })
        : [],
      eagle3Input(gpu, {
        rows: args.absorbed,
        w: weights.embedTokens ?? args.embedTokens,
        hidden: isTargets ? args.targetHidden : continued,
        inputNorm: weights.inputNorm,
        hiddenNorm: weights.hiddenNorm,
        out: workspace.input,
        residual,
        hiddenElem: isTargets ? elem : "f32",
        isGathered: !isFused,
        isResidualNormed: weights.normBeforeResidual,
        eps: rmsNormEps,
      }),
      layer.qkv,
    ],
    finish: [
      ...layer.toActivation,
      matmulAdd(gpu, {
        rows,
        x: workspace.activation,
        w: weights.down,
        bias: null,
        out: residual,
      }),
      rmsNorm(gpu, {
        rows,
        x: residual,
        weight: weights.norm,
        out: normed,
        elem,
        hiddenSize,
        eps: rmsNormEps,
      }),
    ],
    lmHead: matmul(gpu, {
      rows,
      x: normed,
      w: weights.lmHead,
      out: workspace.logits,
    }),
  };
}

/** From the target's tapped states to hidden states of the drafter, for the rows that were committed. */
function fuseTaps(
  gpu: Gpu,
  { fc, elem }: Eagle3Weights,
  args: Pick<DraftPassArgs, "workspace" | "absorbed"> & {
    readonly out: GPUBuffer;
  },
): readonly Op[] {
  if (fc === null) return [];
  const { absorbed: rows, out } = args;
  const { taps, gathered, normed } = args.workspace;
  return [
    gather(gpu, { rows, x: taps, out: gathered, elem, numCols: fc.numCols }),
    matmulLinear(gpu, {
      rows,
      x: gathered,
      w: fc,
      bias: null,
      out,
      outElem: normed,
    }),
  ];
}
