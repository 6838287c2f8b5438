import {
  attention,
  type InputNorm,
  matmulAdd,
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
  /** The drafter's row table. */
  readonly rows: GPUBuffer;
  readonly cache: LayerCache;
  readonly rope: GPUBuffer;
  /** The target's embeddings. */
  readonly embedTokens: PackedMatrix;
  /** The target's head. */
  readonly lmHead: PackedMatrix;
  /** The target's hidden states. */
  readonly targetHidden: GPUBuffer;
  /** Most positions of a sequence, `S`. */
  readonly contextLength: number;
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
    "workspace" | "rows" | "cache" | "rope" | "contextLength"
  >
  & {
    readonly weights: DraftLayerWeights;
    /** `[T, C]`: what the attention takes. */
    readonly x: GPUBuffer;
    /** `[T, D]` f32. */
    readonly residual: GPUBuffer;
    /** Whether the experts have a GELU between two layers, instead of a gate. */
    readonly isGelu?: boolean;
  };

/** What a drafter's feed-forward block reads: the normed residual stream. */
export interface BlockInput {
  readonly x: GPUBuffer;
  /** Applied by whoever reads `x`; null where `x` is normed already. */
  readonly norm: InputNorm | null;
}

/** The steps that the decoder layers of all drafters share, each taking `T`. */
export interface DraftLayer {
  /** What its feed-forward block reads. */
  readonly block: BlockInput;
  /** From the layer's input to keys and values in the cache. */
  readonly qkv: Op;
  /** From there to the activations of the feed-forward block. */
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
  const { weights, workspace, rows, cache, residual } = args;
  const { shape, hiddenSize, elem } = weights;
  const { normed, q, attended } = workspace;
  const eps = weights.rmsNormEps;
  // Narrow rows are normalised by the kernels that read them: a launch less.
  const isFused = hiddenSize <= MAX_NORMED_COLS;
  const block: BlockInput = isFused
    ? { x: residual, norm: { weight: weights.postAttentionNorm, eps } }
    : { x: normed, norm: null };
  const w = weights.gateUp;
  const out = workspace.activation;
  return {
    block,
    qkv: matmulQkv(gpu, {
      rows,
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
      ...isFused ? [] : [
        rmsNorm(gpu, {
          rows,
          x: residual,
          weight: weights.postAttentionNorm,
          out: normed,
          elem,
          hiddenSize,
          eps,
        }),
      ],
      args.isGelu
        ? matmulGelu(gpu, { rows, ...block, w, out })
        : matmulSwiglu(gpu, { rows, ...block, w, bias: null, out }),
    ],
  };
}
