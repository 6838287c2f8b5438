import type {
  JakiroStarExpertTensors,
  SwigluTensors,
  WeightEntry,
} from "../checkpoint/mod.ts";
import { identityMap, type MatrixPart } from "../model/mod.ts";
import { CHUNK_COLS, padCols, type Routing, swigluRowMap } from "../ops/mod.ts";

/** A feed-forward network: with a gate, or of two plain layers. */
export type ExpertTensors = SwigluTensors | JakiroStarExpertTensors;

/** One or more feed-forward networks, all of one kind. */
export interface FeedForwardTensors {
  readonly experts: readonly ExpertTensors[];
  /** `[X+2, D]`, or `[2, D]` for two plain networks: the gate that weighs experts; null for one network alone. */
  readonly moeGate: WeightEntry | null;
}

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
 * @param tensors The networks and their gate.
 * @param hiddenSize Rows of a last layer, `D`.
 * @returns The parts.
 */
export function feedForwardParts(
  { experts, moeGate }: FeedForwardTensors,
  hiddenSize: number,
): FeedForwardParts {
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
      ...experts.flatMap((tensors, index) =>
        "proj" in tensors
          ? [{ entry: tensors.fc, rowMap: identityMap(size, index * stride) }]
          : (["gate", "up"] as const).map((part) => ({
            entry: tensors[part],
            rowMap: swigluRowMap(size, part, 2 * index * stride),
          }))
      ),
      ...gate === null ? [] : [gate],
    ],
    numCols: numExperts * stride,
    last: experts.map((tensors, index) => ({
      entry: "proj" in tensors ? tensors.proj : tensors.down,
      rowMap: identityMap(hiddenSize, 0),
      firstCol: index * stride,
    })),
  };
}
