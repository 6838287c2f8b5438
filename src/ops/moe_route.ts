import { bindKernel, elemBytes, type Op, workgroupSize } from "./op.ts";
import {
  checkFours,
  type InputNorm,
  rowNormOperand,
  rowsOperand,
} from "./matrix_kernel.ts";
import type { Elem } from "../gpu/shader.ts";
import type { Gpu } from "../gpu/gpu.ts";

/**
 * Weighs the experts' activations by the gate, for the mixture branch and, behind it, the contrastive one.
 *
 * Shapes: x `[T, D]`, gate `[X+2, D]` f32, act `[T, X*F]`, out `[T*B, X*F]`; X experts, B branches.
 *
 * @param gpu Device.
 * @param args Row table, operands, number type and sizes.
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small.
 */
export function moeRoute(
  gpu: Gpu,
  args: {
    readonly rows: GPUBuffer;
    readonly x: GPUBuffer;
    /** Applied to `x`, which then is f32. */
    readonly norm?: InputNorm | null;
    readonly gate: GPUBuffer;
    readonly act: GPUBuffer;
    readonly out: GPUBuffer;
    readonly elem: Elem;
    readonly hiddenSize: number;
    readonly expertSize: number;
    readonly numExperts: number;
    readonly numBranches: 1 | 2;
  },
): Op {
  const { elem, hiddenSize, expertSize, numExperts, numBranches } = args;
  checkFours("the experts' activations", numExperts * expertSize);
  const bytes = elemBytes(elem);
  const actBytes = numExperts * expertSize * bytes;
  const norm = rowNormOperand(args.norm ?? null, {
    elem,
    hiddenSize,
    absent: args.rows,
  });
  const launch = bindKernel(gpu, "moe_route", {
    elem,
    constants: {
      WG: workgroupSize(gpu, 64),
      D: hiddenSize,
      F: expertSize,
      NUM_EXPERTS: numExperts,
      BRANCHES: numBranches,
      ...norm.constants,
    },
    operands: [
      rowsOperand(args.rows),
      { name: "x", kind: "read", buffer: args.x, minBytes: hiddenSize * bytes },
      {
        name: "gate",
        kind: "read",
        buffer: args.gate,
        minBytes: (numExperts + 2) * hiddenSize * 4,
      },
      { name: "act", kind: "read", buffer: args.act, minBytes: actBytes },
      norm.operand,
      {
        name: "out",
        kind: "write",
        buffer: args.out,
        minBytes: actBytes * numBranches,
      },
    ],
  });
  return (numRows) => [launch([1, numRows, 1])];
}
