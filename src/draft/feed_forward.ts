import type {
  JakiroStarExpertTensors,
  SwigluTensors,
  WeightEntry,
} from "../checkpoint/mod.ts";
import { identityMap, type MatrixPart } from "../model/mod.ts";
import { swigluRowMap } from "../ops/mod.ts";

/** A feed-forward network: with a gate, or of two plain layers. */
export type ExpertTensors = SwigluTensors | JakiroStarExpertTensors;

/** How the experts' matrices lie in the two that the device keeps. */
export interface FeedForwardParts {
  /** Rows of one expert's first layer, `F`. */
  readonly expertSize: number;
  /** Rows of the first matrix. */
  readonly numRows: number;
  /** First layers, below each other. */
  readonly first: readonly MatrixPart[];
  /** Last layers, side by side. */
  readonly last: readonly MatrixPart[];
}

/**
 * Says where the matrices of one or more feed-forward networks go.
 *
 * @param experts The networks, all of one kind.
 * @param hiddenSize Rows of a last layer, `D`.
 * @returns The parts.
 */
export function feedForwardParts(
  experts: readonly ExpertTensors[],
  hiddenSize: number,
): FeedForwardParts {
  const [expert] = experts;
  const isPlain = expert !== undefined && "proj" in expert;
  const entry = expert && ("proj" in expert ? expert.fc : expert.gate);
  const expertSize = entry?.shape[0] ?? 0;
  const size = experts.length * expertSize;
  return {
    expertSize,
    numRows: isPlain ? size : 4 * Math.ceil(size / 2),
    first: experts.flatMap((tensors, index) =>
      "proj" in tensors
        ? [{
          entry: tensors.fc,
          rowMap: identityMap(expertSize, index * expertSize),
        }]
        : [
          {
            entry: tensors.gate,
            rowMap: swigluRowMap(expertSize, "gate", index),
          },
          { entry: tensors.up, rowMap: swigluRowMap(expertSize, "up", index) },
        ]
    ),
    last: experts.map((tensors, index) => ({
      entry: lastLayer(tensors),
      rowMap: identityMap(hiddenSize, 0),
      firstCol: index * expertSize,
    })),
  };
}

function lastLayer(tensors: ExpertTensors): WeightEntry {
  return "proj" in tensors ? tensors.proj : tensors.down;
}
