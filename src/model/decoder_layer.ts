import {
  attention,
  kvStore,
  matmulAdd,
  matmulLinear,
  matmulQkv,
  matmulSwiglu,
  MAX_NORMED_COLS,
  type Op,
  type PackedMatrix,
  qkNorm,
  rmsNorm,
  rmsNormAdd,
} from "../ops/mod.ts";
import { chosenNetworks } from "./chosen_networks.ts";
import type { Elem } from "../gpu/shader.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { LayerCache } from "./kv_cache.ts";
import type { LayerWeights } from "./layer_weights.ts";
import type { ModelConfig } from "../checkpoint/mod.ts";
import type { Workspace } from "./workspace.ts";

/** What a decoder layer works on. */
export interface DecoderLayerArgs {
  readonly weights: LayerWeights;
  readonly cache: LayerCache;
  readonly workspace: Workspace;
  readonly rows: GPUBuffer;
  /** `[S, E/2]`: the layer's rotations. */
  readonly rope: GPUBuffer;
  readonly config: ModelConfig;
  /** Most positions that a row attends to, or null: all before it. */
  readonly window: number | null;
  readonly elem: Elem;
  readonly contextLength: number;
  readonly sequenceSlots?: number | undefined;
}

/**
 * Lists the steps of a decoder layer: attention and a gated feed-forward block, each on the normalised
 * residual stream and added to it, in the variants of `config`.
 *
 * @param gpu Device.
 * @param args Weights, cache, buffers and sizes.
 * @returns The steps, in order.
 */
export function decoderLayer(
  gpu: Gpu,
  args: DecoderLayerArgs,
): readonly Op[] {
  return [...attentionBlock(gpu, args), ...feedForwardBlock(gpu, args)];
}

function attentionBlock(gpu: Gpu, args: DecoderLayerArgs): readonly Op[] {
  const { weights, cache, workspace, rows, config, elem, rope } = args;
  const { q, keys, values, attended, partials } = workspace;
  const { headNorms } = weights;
  const shape = {
    numHeads: config.numAttentionHeads,
    numKvHeads: config.numKeyValueHeads,
    headDim: config.headDim,
  };
  const heads = { rows, rope, q, shape };
  const written = writtenKv(args);
  const input = normedInput(gpu, weights.inputNorm, args);
  return [
    ...input.steps,
    matmulQkv(gpu, {
      ...heads,
      ...written,
      ...input.operand,
      w: weights.qkv,
      bias: weights.qkvBias,
      isRotated: headNorms === null,
    }),
    ...headNorms === null ? [] : [
      qkNorm(gpu, {
        ...heads,
        ...written,
        qWeight: headNorms.q,
        kWeight: headNorms.k,
        elem,
        eps: config.rmsNormEps,
      }),
    ],
    ...cache.format === "q8"
      ? [kvStore(gpu, { rows, keys, values, k: cache.k, v: cache.v, shape })]
      : [],
    attention(gpu, {
      ...heads,
      k: cache.k,
      v: cache.v,
      cacheFormat: cache.format,
      out: attended,
      partials,
      elem,
      scale: config.attentionScale,
      softCap: config.attentionSoftCap,
      window: args.window,
      contextLength: args.contextLength,
      sequenceSlots: args.sequenceSlots,
    }),
    ...addOutput(gpu, args, {
      x: attended,
      w: weights.o,
      bias: weights.oBias,
      norm: weights.outputNorms?.attention ?? null,
    }),
  ];
}

/** Where keys and values go from the products: numbers into the cache, others by way of buffers of the pass. */
function writtenKv(
  { cache, workspace }: DecoderLayerArgs,
): Pick<Parameters<typeof matmulQkv>[1], "k" | "v" | "kvElem" | "isByRow"> {
  const { k, v, format } = cache;
  return format === "q8"
    ? { k: workspace.keys, v: workspace.values, kvElem: "f32", isByRow: true }
    : { k, v, kvElem: format };
}

function feedForwardBlock(gpu: Gpu, args: DecoderLayerArgs): readonly Op[] {
  const { weights, workspace, rows, config } = args;
  const { activation } = workspace;
  if (config.experts !== null) return chosenNetworks(gpu, args);
  const input = normedInput(gpu, weights.feedForwardNorm, args);
  return [
    ...input.steps,
    matmulSwiglu(gpu, {
      rows,
      ...input.operand,
      w: weights.gateUp,
      bias: weights.gateUpBias,
      isGelu: config.activation !== "silu",
      out: activation,
    }),
    ...addOutput(gpu, args, {
      x: activation,
      w: weights.down,
      bias: weights.downBias,
      norm: weights.outputNorms?.feedForward ?? null,
    }),
  ];
}

/** The normalised residual stream, and the steps that make it. */
function normedInput(
  gpu: Gpu,
  weight: GPUBuffer,
  { workspace, rows, config, elem }: DecoderLayerArgs,
): {
  readonly steps: readonly Op[];
  readonly operand: Pick<Parameters<typeof matmulQkv>[1], "x" | "norm">;
} {
  const { residual: x, normed: out } = workspace;
  const { hiddenSize, rmsNormEps: eps } = config;
  // Narrow rows are normalised by the products that read them: a launch less each.
  return hiddenSize <= MAX_NORMED_COLS
    ? { steps: [], operand: { x, norm: { weight, eps } } }
    : {
      steps: [rmsNorm(gpu, { rows, x, weight, out, elem, hiddenSize, eps })],
      operand: { x: out, norm: null },
    };
}

/** Adds a product to the residual stream, normalised where there is a norm. */
function addOutput(
  gpu: Gpu,
  { workspace, rows, config }: DecoderLayerArgs,
  product: {
    readonly x: GPUBuffer;
    readonly w: PackedMatrix;
    readonly bias: GPUBuffer | null;
    readonly norm: GPUBuffer | null;
  },
): readonly Op[] {
  const { residual, normed, output } = workspace;
  const { norm, ...operands } = product;
  if (norm === null) {
    return [matmulAdd(gpu, { rows, ...operands, out: residual })];
  }
  return [
    matmulLinear(gpu, { rows, ...operands, out: output, outElem: normed }),
    rmsNormAdd(gpu, {
      rows,
      x: output,
      weight: norm,
      out: residual,
      hiddenSize: config.hiddenSize,
      eps: config.rmsNormEps,
    }),
  ];
}
