import {
  attention,
  draftInput,
  matmul,
  matmulAdd,
  matmulGelu,
  matmulHidden,
  matmulLinear,
  matmulQkv,
  matmulSwiglu,
  moeRoute,
  type Op,
  type PackedMatrix,
  rmsNorm,
  starRoute,
} from "../ops/mod.ts";
import type { DraftWeights } from "./draft_weights.ts";
import type { DraftWorkspace } from "./draft_workspace.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { LayerCache } from "../model/mod.ts";

/** What a drafter's pass works on. */
export interface DraftPassArgs {
  readonly weights: DraftWeights;
  readonly workspace: DraftWorkspace;
  /** The drafter's row table. */
  readonly rows: GPUBuffer;
  readonly cache: LayerCache;
  readonly rope: GPUBuffer;
  /** The target's embeddings. */
  readonly embedTokens: PackedMatrix;
  /** The target's head. */
  readonly lmHead: PackedMatrix;
  /** Hidden states that the rows continue. */
  readonly hidden: GPUBuffer;
  /** Most positions of a sequence, `S`. */
  readonly contextLength: number;
  /** 2 where the contrastive branch, or Jakiro*'s other expert, is wanted too. */
  readonly numBranches: 1 | 2;
  /** Whether logits are wanted of the last row only, not of all. */
  readonly isRoot?: boolean;
}

/** Steps of a drafter's pass. */
export interface DraftPass {
  /** From tokens and hidden states to keys and values in the cache. Takes `T`. */
  readonly absorb: readonly Op[];
  /** From there to the rows' own hidden states. Takes `T`. */
  readonly finish: readonly Op[];
  /** From hidden states to logits. Takes `R`. */
  readonly lmHead: Op;
}

/**
 * Lists the steps of a drafter's pass: one decoder layer without an input norm on
 * `fc([embedding; hidden state])`, its feed-forward block two experts or one.
 *
 * Source: jakiro (arXiv 2502.06282), section 3; EAGLE (arXiv 2401.15077).
 *
 * @param gpu Device.
 * @param args Weights, buffers and branches.
 * @returns The steps, in order.
 */
export function draftPass(gpu: Gpu, args: DraftPassArgs): DraftPass {
  const { weights, workspace, rows, cache, numBranches } = args;
  const { shape, hiddenSize, elem, moe } = weights;
  const { input, residual, normed, q, attended, activation } = workspace;
  const isRouted = moe !== null;
  const isStar = moe?.routing === "star";
  const head = (options: { numBranches?: 1 | 2; branch?: 0 | 1 }): Op =>
    matmul(gpu, {
      rows,
      x: workspace.hidden,
      w: args.lmHead,
      out: workspace.logits,
      ...options,
    });
  const heads = args.isRoot && numBranches === 2
    ? [head({ branch: 0 }), head({ branch: 1 })]
    : [head({ numBranches })];
  return {
    absorb: [
      draftInput(gpu, {
        rows,
        w: args.embedTokens,
        hidden: args.hidden,
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
      matmulQkv(gpu, {
        rows,
        x: normed,
        w: weights.qkv,
        bias: weights.qkvBias,
        rope: args.rope,
        q,
        k: cache.k,
        v: cache.v,
        shape,
      }),
    ],
    finish: [
      attention(gpu, {
        rows,
        q,
        k: cache.k,
        v: cache.v,
        out: attended,
        elem,
        shape,
        contextLength: args.contextLength,
      }),
      matmulAdd(gpu, {
        rows,
        x: attended,
        w: weights.o,
        bias: null,
        out: residual,
      }),
      rmsNorm(gpu, {
        rows,
        x: residual,
        weight: weights.postAttentionNorm,
        out: normed,
        elem,
        hiddenSize,
        eps: weights.rmsNormEps,
      }),
      isStar
        ? matmulGelu(gpu, {
          rows,
          x: normed,
          w: weights.gateUp,
          out: activation,
        })
        : matmulSwiglu(gpu, {
          rows,
          x: normed,
          w: weights.gateUp,
          bias: null,
          out: activation,
        }),
      ...(!isStar ? [] : [
        starRoute(gpu, {
          rows,
          x: normed,
          gate: moe.gate,
          act: activation,
          out: workspace.routed,
          elem,
          hiddenSize,
          expertSize: moe.expertSize,
        }),
      ]),
      ...(moe === null || isStar ? [] : [
        moeRoute(gpu, {
          rows,
          x: normed,
          gate: moe.gate,
          act: activation,
          out: workspace.routed,
          elem,
          hiddenSize,
          expertSize: moe.expertSize,
          numExperts: moe.numExperts,
          numBranches,
        }),
      ]),
      matmulHidden(gpu, {
        rows,
        x: isRouted ? workspace.routed : activation,
        w: weights.down,
        residual,
        out: workspace.hidden,
        numBranches,
      }),
    ],
    lmHead: (numRows) => heads.flatMap((op) => op(numRows)),
  };
}
