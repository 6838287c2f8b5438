import type {
  DraftConfig,
  DraftTensors,
  WeightEntry,
} from "../checkpoint/mod.ts";
import { draftWorkspaceBytes } from "./draft_workspace.ts";
import type { Elem } from "../gpu/shader.ts";
import { feedForwardParts } from "./feed_forward.ts";
import {
  kvCacheBytes,
  numbersFormat,
  packedBytes,
  type Quantization,
  roundedFormats,
} from "../model/mod.ts";
import { padCols, poolBytes } from "../ops/mod.ts";
import type { TreeOptions } from "./tree_options.ts";

/** Memory that a drafter takes on the device with one sequence. */
export interface DraftMemory {
  /** Matrices as packed, norms, biases, ids of tokens. */
  readonly weightsBytes: number;
  /** Keys and values of all positions and of a tree. */
  readonly kvCacheBytes: number;
  /** Buffers of a pass, rotations, what is drafted. */
  readonly scratchBytes: number;
  /** The largest buffer that must fit one binding; matrices are cut instead. */
  readonly largestBufferBytes: number;
}

/**
 * Estimates the memory that a drafter takes on the device, before anything is loaded.
 *
 * Left out are buffers of constant size, a few KiB.
 *
 * @param tensors What its files hold.
 * @param options Its sizes, those of the target and of the trees.
 * @returns Bytes.
 */
export function estimateDraftMemory(
  tensors: DraftTensors,
  options: {
    readonly config: DraftConfig;
    readonly elem: Elem;
    readonly quantization?: Quantization | null;
    readonly contextLength: number;
    readonly maxRows: number;
    readonly tree: Required<Omit<TreeOptions, "shape">>;
  },
): DraftMemory {
  const { config, elem, contextLength, tree } = options;
  const { hiddenSize, headDim, numAttentionHeads } = config;
  const isEagle3 = tensors.kind === "eagle3";
  const { moe, numRows, numCols } = feedForwardParts(tensors, hiddenSize);
  const rounded = roundedFormats(options.quantization ?? null).layers;
  const matrices = [...matrixShapes(tensors), [numRows, hiddenSize]];
  const whole = matrices.map(([numRows = 0, numCols = 0]) => {
    const size = { numRows, numCols: padCols(numCols) };
    return packedBytes(size, numbersFormat(size.numCols, { elem, rounded }));
  });
  // Its parts lie side by side, which leaves it in numbers.
  const last = packedBytes(
    { numRows: hiddenSize, numCols: padCols(numCols) },
    elem,
  );
  const workspace = draftWorkspaceBytes({
    elem,
    maxRows: options.maxRows,
    hiddenSize,
    qSize: numAttentionHeads * headDim,
    activationSize: numCols,
    numExperts: moe?.numExperts ?? 0,
    tapsSize: isEagle3 ? tensors.fc?.shape[1] ?? 0 : 0,
    vocabSize: isEagle3 ? tensors.lmHead.shape[0] ?? 0 : config.vocabSize,
  });
  const rope = contextLength * headDim * 4;
  const kvCache = kvCacheBytes({
    numHiddenLayers: 1,
    numKeyValueHeads: config.numKeyValueHeads,
    headDim,
  }, { numSlots: contextLength + (tree.depth + 1) * tree.topK, format: elem });
  const { residuals, ...others } = workspace;
  return {
    weightsBytes: whole.reduce(
      (sum, size) => sum + size,
      last + 4 * countNumbers(tensors),
    ),
    kvCacheBytes: kvCache,
    scratchBytes: Object.values(workspace).reduce((a, b) => a + b, 0) + rope +
      poolBytes(tree.topK, tree.depth),
    largestBufferBytes: Math.max(
      kvCache / 2,
      residuals / 2,
      rope,
      ...Object.values(others),
    ),
  };
}

/** Lists the matrices outside the feed-forward network, as they are packed. */
function matrixShapes(tensors: DraftTensors): (readonly number[])[] {
  const { q, k, v, o, fc } = tensors;
  const numRows = [q, k, v].reduce((sum, { shape: [M = 0] }) => sum + M, 0);
  const others = tensors.kind === "eagle3"
    ? [fc, tensors.embedTokens, tensors.lmHead]
    : [fc];
  return [
    [numRows, q.shape[1] ?? 0],
    o.shape,
    ...others.flatMap((entry) => entry === null ? [] : [entry.shape]),
  ];
}

/** Counts the numbers that are kept in 32 bits. */
function countNumbers(tensors: DraftTensors): number {
  const { qkvBiases, postAttentionNorm } = tensors;
  const isEagle3 = tensors.kind === "eagle3";
  const entries: (WeightEntry | null)[] = [
    ...Object.values(qkvBiases ?? {}),
    postAttentionNorm,
    ...isEagle3
      ? [tensors.inputNorm, tensors.hiddenNorm, tensors.norm]
      : [tensors.fcBias],
  ];
  return entries.reduce(
    (sum, entry) => sum + (entry?.shape.reduce((a, b) => a * b, 1) ?? 0),
    isEagle3 ? tensors.targetIds?.length ?? 0 : 0,
  );
}
