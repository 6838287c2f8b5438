import type { ExpertsConfig } from "../checkpoint/mod.ts";
import type { LlamaWeights } from "./llama_weights.ts";
import { type PackedMatrix, sliceBytes } from "../ops/mod.ts";

/** Of a target's weights, the matrices. */
export interface StepMatrices extends Pick<LlamaWeights, "lmHead"> {
  /** From the first to the last. */
  readonly layers: readonly Pick<
    LlamaWeights["layers"][number],
    "qkv" | "o" | "gateUp" | "down"
  >[];
}

/**
 * Counts the bytes of the matrices that a pass over one row reads: all but the embedding, of which it takes one row, and
 * of several networks those that a row takes.
 *
 * @param weights The matrices.
 * @param experts How many networks a layer has and a row takes, or null where there is one.
 * @returns Bytes, padding included.
 */
export function stepBytes(
  weights: StepMatrices,
  experts: ExpertsConfig | null,
): number {
  const share = experts === null ? 1 : experts.numChosen / experts.numExperts;
  return weights.layers.reduce(
    (sum, { qkv, o, gateUp, down }) =>
      sum + matrixBytes(qkv) + matrixBytes(o) +
      share * (matrixBytes(gateUp) + matrixBytes(down)),
    matrixBytes(weights.lmHead),
  );
}

function matrixBytes(matrix: PackedMatrix): number {
  return matrix.slices.reduce(
    (sum, slice) => sum + sliceBytes(matrix, slice),
    0,
  );
}
