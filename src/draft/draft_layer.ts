import {
  attention,
  matmulAdd,
  matmulExperts,
  matmulGelu,
  matmulQkv,
  matmulSwiglu,
  MAX_NORMED_COLS,
  type Op,
  type PackedMatrix,
  rmsNorm,
} from "../ops/mod.ts";
import type { DraftLayerWeights } from "./draft_layer_weights.ts";
import type { DraftWorkspace } from "./draft_workspace.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { LayerCache } from "../model/mod.ts";

/** What a drafter's pass works on. */
export interface DraftPassArgs {
  readonly workspace: DraftWorkspace;
  /** Rows that are absorbed: of the pass behind the target's the committed ones, the newest first; else `rows`. */
  readonly absorbed: GPUBuffer;
  /** Rows that are finished; behind the target's, the newest alone. */
  readonly rows: GPUBuffer;
  readonly cache: LayerCache;
  readonly rope: GPUBuffer;
  /** The target's embeddings. */
  readonly embedTokens: PackedMatrix;
  /** The head: the target's, or some rows of it. */
  readonly lmHead: PackedMatrix;
  /** `c` of `c * tanh(x / c)`, which the target's logits go through. Default: they stay as they are. */
  readonly softCap?: number | null;
  /** The target's hidden states. */
  readonly targetHidden: GPUBuffer;
  /** Most positions of a sequence, `S`. */
  readonly contextLength: number;
  /** The target's room for sums of attention's splits. */
  readonly partials: GPUBuffer;
  /** 0 continues the target's states; `i`, those of the drafter's pass `i - 1`. */
  readonly pass: number;
  /** 2 where the contrastive branch, or Jakiro*'s other expert, is wanted too. */
  readonly numBranches: 1 | 2;
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

/** What a drafter's decoder layer works on. */
export type DraftLayerArgs =
  & Pick<
    DraftPassArgs,
    | "workspace"
    | "absorbed"
    | "rows"
    | "cache"
    | "rope"
    | "contextLength"
    | "partials"
  >
  & {
    readonly weights: DraftLayerWeights;
    /** `[T, C]`: what the attention takes. */
    readonly x: GPUBuffer;
    /** `[T, D]` f32. */
    readonly residual: GPUBuffer;
  };

/** The steps that the decoder layers of all drafters share, each taking `T`. */
export interface DraftLayer {
  /** From the layer's input to keys and values in the cache. */
  readonly qkv: Op;
  /** From there to the activations of the feed-forward block, and the values of the gate that weighs experts. */
  readonly toActivation: readonly Op[];
}

/**
 * Lists the steps of a drafter's decoder layer, up to the activations of its feed-forward block.
 *
 * @param gpu Device.
 * @param args Weights and buffers.
 * @returns The steps.
 */
export function draftLayer(gpu: Gpu, args: DraftLayerArgs): DraftLayer {
  const { weights, workspace, rows, cache } = args;
  const { shape, elem } = weights;
  const { q, attended } = workspace;
  return {
    qkv: matmulQkv(gpu, {
      rows: args.absorbed,
      x: args.x,
      w: weights.qkv,
      bias: weights.qkvBias,
      rope: args.rope,
      q,
      k: cache.k,
      v: cache.v,
      shape,
    }),
    toActivation: [
      attention(gpu, {
        rows,
        q,
        k: cache.k,
        v: cache.v,
        out: attended,
        partials: args.partials,
        elem,
        shape,
        contextLength: args.contextLength,
      }),
      matmulAdd(gpu, {
        rows,
        x: attended,
        w: weights.o,
        bias: null,
        out: args.residual,
      }),
      ...activationSteps(gpu, args),
    ],
  };
}

/** From the residual stream to activations, through a norm. */
function activationSteps(gpu: Gpu, args: DraftLayerArgs): readonly Op[] {
  const { weights, workspace, rows, residual } = args;
  const { hiddenSize, elem, moe } = weights;
  const { normed, activation: out, gates } = workspace;
  const norm = { weight: weights.postAttentionNorm, eps: weights.rmsNormEps };
  // Narrow rows are normalised by the product that reads them: a launch less.
  const isFused = hiddenSize <= MAX_NORMED_COLS;
  const block = {
    rows,
    ...isFused ? { x: residual, norm } : { x: normed },
    w: weights.gateUp,
    out,
  };
  const activate = moe === null
    ? matmulSwiglu(gpu, { ...block, bias: null })
    : moe.routing === "star"
    ? matmulGelu(gpu, { ...block, gates })
    : matmulExperts(gpu, { ...block, gates, numExperts: moe.numExperts });
  const apart = { rows, x: residual, out: normed, elem, hiddenSize, ...norm };
  return isFused ? [activate] : [rmsNorm(gpu, apart), activate];
}
