import {
  attention,
  matmulAdd,
  matmulQkv,
  matmulSwiglu,
  MAX_NORMED_COLS,
  type Op,
  rmsNorm,
} from "../ops/mod.ts";
import type { Elem } from "../gpu/shader.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { LayerCache } from "./kv_cache.ts";
import type { LayerWeights } from "./llama_weights.ts";
import type { ModelConfig } from "../checkpoint/mod.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Lists the steps of a decoder layer: attention and a gated feed-forward block, each on the normalised
 * residual stream and added to it.
 *
 * @param gpu Device.
 * @param args Weights, cache, buffers and sizes.
 * @returns The steps, in order.
 */
export function decoderLayer(
  gpu: Gpu,
  args: {
    readonly weights: LayerWeights;
    readonly cache: LayerCache;
    readonly workspace: Workspace;
    readonly rows: GPUBuffer;
    readonly rope: GPUBuffer;
    readonly config: ModelConfig;
    readonly elem: Elem;
    readonly contextLength: number;
    readonly sequenceSlots?: number | undefined;
  },
): readonly Op[] {
  const { weights, cache, workspace, rows, config, elem } = args;
  const { residual, normed, q, attended, activation } = workspace;
  const shape = {
    numHeads: config.numAttentionHeads,
    numKvHeads: config.numKeyValueHeads,
    headDim: config.headDim,
  };
  const norm = { rows, x: residual, out: normed, elem } as const;
  const size = { hiddenSize: config.hiddenSize, eps: config.rmsNormEps };
  // Narrow rows are normalised by the products that read them: a launch less each.
  const isFused = config.hiddenSize <= MAX_NORMED_COLS;
  const x = isFused ? residual : normed;
  const eps = config.rmsNormEps;
  const normSteps = (weight: GPUBuffer): readonly Op[] =>
    isFused ? [] : [rmsNorm(gpu, { ...norm, ...size, weight })];
  return [
    ...normSteps(weights.inputNorm),
    matmulQkv(gpu, {
      rows,
      x,
      norm: isFused ? { weight: weights.inputNorm, eps } : null,
      w: weights.qkv,
      bias: weights.qkvBias,
      rope: args.rope,
      q,
      k: cache.k,
      v: cache.v,
      shape,
    }),
    attention(gpu, {
      rows,
      q,
      k: cache.k,
      v: cache.v,
      out: attended,
      elem,
      shape,
      contextLength: args.contextLength,
      sequenceSlots: args.sequenceSlots,
    }),
    matmulAdd(gpu, {
      rows,
      x: attended,
      w: weights.o,
      bias: weights.oBias,
      out: residual,
    }),
    ...normSteps(weights.postAttentionNorm),
    matmulSwiglu(gpu, {
      rows,
      x,
      norm: isFused ? { weight: weights.postAttentionNorm, eps } : null,
      w: weights.gateUp,
      bias: weights.gateUpBias,
      out: activation,
    }),
    matmulAdd(gpu, {
      rows,
      x: activation,
      w: weights.down,
      bias: weights.downBias,
      out: residual,
    }),
  ];
}
