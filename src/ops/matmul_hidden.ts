import { bindMatrixKernel, checkFours } from "./matrix_kernel.ts";
import { CHUNK_COLS, type MatmulVariant } from "./matmul_variant.ts";
import { elemBytes, type Op } from "./op.ts";
import { type PackedMatrix, padCols } from "./packed_matrix.ts";
import type { Gpu } from "../gpu/gpu.ts";

/**
 * How the activations of several experts are weighed: as a `mixture` in the first branch and a contrast in the
 * second, or as by a `star`, which gives the first branch the expert that the gate prefers and the second the other.
 */
export type Routing = "mixture" | "star";

const ROUTING = { none: 0, mixture: 1, star: 2 } as const;

/** Experts whose activations lie side by side. */
export interface RoutedExperts {
  readonly routing: Routing;
  /** How many, `X`; 2 for a `star`. */
  readonly numExperts: number;
  /** Values of their gate: `[T, X+2]` f32, or `[T, 2]` for a `star`, padded to a multiple of 4 columns. */
  readonly gates: GPUBuffer;
  /** Branches wanted, `B`. */
  readonly numBranches: 1 | 2;
}

/**
 * Ends a drafter's layer: `out[r] = residual[r mod T] + x[r mod T] · wᵀ`, with the experts' columns of `x` weighed
 * for the branch of `r` where there are several.
 *
 * Shapes: x `[T, K]`, w `[M, K]` with M a multiple of 4, residual `[T, M]` f32, out `[T*B, M]`; `K` is `X*F`, and F a
 * multiple of {@linkcode CHUNK_COLS}, where there are X experts; B is 1 where there are none.
 *
 * @param gpu Device.
 * @param args Row table, operands, experts or null, and the variant where it shall not be chosen by the number of rows.
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small, or a size is not as it must be.
 */
export function matmulHidden(
  gpu: Gpu,
  args: {
    readonly rows: GPUBuffer;
    readonly x: GPUBuffer;
    readonly w: PackedMatrix;
    readonly experts: RoutedExperts | null;
    readonly residual: GPUBuffer;
    readonly out: GPUBuffer;
    readonly variant?: MatmulVariant;
  },
): Op {
  const { rows, x, w, experts, residual, out, variant } = args;
  const { numExperts = 1, numBranches = 1, routing = "none" } = experts ?? {};
  checkFours(w.label, w.numRows);
  if (experts !== null && w.numCols % (numExperts * CHUNK_COLS) !== 0) {
    throw new RangeError(
      `Cannot bind "${w.label}" as each of ${numExperts} experts must have a multiple of ${CHUNK_COLS} columns: found ${w.numCols} in all`,
    );
  }
  const gateStride = padCols(routing === "star" ? 2 : numExperts + 2);
  return bindMatrixKernel(gpu, "matmul_hidden", {
    rows,
    x,
    w,
    rest: [
      {
        name: "gates",
        kind: "read",
        buffer: experts?.gates ?? rows,
        minBytes: experts === null ? 0 : gateStride * 4,
      },
      {
        name: "residual",
        kind: "read",
        buffer: residual,
        minBytes: w.numRows * 4,
      },
      {
        name: "out",
        kind: "write",
        buffer: out,
        minBytes: w.numRows * elemBytes(w.elem) * numBranches,
      },
    ],
    constants: {
      STRIDE: w.numRows,
      BRANCHES: numBranches,
      ROUTING: ROUTING[routing],
      NUM_EXPERTS: numExperts,
      GATE_STRIDE: gateStride,
    },
    rowFactor: numBranches,
    variant,
  });
}
