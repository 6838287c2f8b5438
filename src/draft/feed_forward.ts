import type {
  JakiroStarExpertTensors,
  SwigluTensors,
  WeightEntry,
} from "../checkpoint/mod.ts";
import { identityMap, type MatrixPart } from "../model/mod.ts";
import { CHUNK_COLS, padCols, type Routing, swigluRowMap } from "../ops/mod.ts";

/** A feed-forward network: with a gate, or of two plain layers. */
export type ExpertTensors = SwigluTensors | JakiroStarExpertTensors;

/** Several feed-forward networks, all of one kind. */
export interface MoeTensors {
  readonly experts: readonly ExpertTensors[];
  /** `[X+2, D]`, or `[2, D]` for two plain networks: the gate that weighs them. */
  readonly moeGate: WeightEntry;
}

/** One or more feed-forward networks. */
export type FeedForwardTensors = MoeTensors | SwigluTensors;

/** How several experts are weighed. */
export interface Moe {
  readonly numExperts: number;
  /** A weighed sum and a contrast of SwiGLU experts, or one of two GELU experts for each branch. */
  readonly routing: Routing;
}

/** How the networks' matrices lie in the two that the device keeps. */
export interface FeedForwardParts {
  readonly moe: Moe | null;
  /** Rows of the first matrix. */
  readonly numRows: number;
  /** First layers below each other, the gate's rows last. */
  readonly first: readonly MatrixPart[];
  /** Columns of the second matrix. */
  readonly numCols: number;
  /** Last layers, side by side. */
  readonly last: readonly MatrixPart[];
}

/**
 * Says where the matrices of one or more feed-forward networks go.
 *
 * Where there are several networks, the activations of each are padded to whole chunks of the product that weighs
 * them.
 *
 * @param tensors The networks, and their gate where there are several.
 * @param hiddenSize Rows of a last layer, `D`.
 * @returns The parts.
 */
export function feedForwardParts(
  tensors: FeedForwardTensors,
  hiddenSize: number,
): FeedForwardParts {
  const { experts, moeGate } = "experts" in tensors
    ? tensors
    : { experts: [tensors], moeGate: null };
  const [expert] = experts;
  const isPlain = expert !== undefined && "proj" in expert;
  const firstLayer = expert && ("proj" in expert ? expert.fc : expert.gate);
  const size = firstLayer?.shape[0] ?? 0;
  const numExperts = experts.length;
  const stride = moeGate === null
    ? padCols(size)
    : Math.ceil(size / CHUNK_COLS) * CHUNK_COLS;
  const gateRow = (isPlain ? 1 : 2) * numExperts * stride;
  const numGates = moeGate?.shape[0] ?? 0;
  const gate = moeGate &&
    { entry: moeGate, rowMap: identityMap(numGates, gateRow) };
  return {
    moe: moeGate && { numExperts, routing: isPlain ? "star" : "mixture" },
    numRows: gateRow + numGates,
    first: [
      ...experts.flatMap((expert, index) =>
        "proj" in expert
          ? [{ entry: expert.fc, rowMap: identityMap(size, index * stride) }]
          : (["gate", "up"] as const).map((part) => ({
            entry: expert[part],
            rowMap: swigluRowMap(size, part, 2 * index * stride),
          }))
      ),
      ...gate === null ? [] : [gate],
    ],
    numCols: numExperts * stride,
    last: experts.map((expert, index) => ({
      entry: "proj" in expert ? expert.proj : expert.down,
      rowMap: identityMap(hiddenSize, 0),
      firstCol: index * stride,
    })),
  };
}
