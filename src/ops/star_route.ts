import { bindKernel, elemBytes, type Op, workgroupSize } from "./op.ts";
import { padCols } from "./packed_matrix.ts";
import {
  type InputNorm,
  rowNormOperand,
  rowsOperand,
} from "./matrix_kernel.ts";
import type { Elem } from "../gpu/shader.ts";
import type { Gpu } from "../gpu/gpu.ts";

/**
 * Gives one branch of each row the activations of the expert that the gate prefers, and the branch behind it
 * those of the other one; the first expert where the gate's values are equal.
 *
 * Shapes: x `[T, D]`, gate `[2, D]` f32, act `[T, 2*F]`, out `[2*T, 2*F]`, 2*F padded to a multiple of 4.
 *
 * @param gpu Device.
 * @param args Row table, operands, number type and sizes.
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small.
 */
export function starRoute(
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
  },
): Op {
  const { elem, hiddenSize, expertSize } = args;
  const bytes = elemBytes(elem);
  const stride = padCols(2 * expertSize);
  const norm = rowNormOperand(args.norm ?? null, {
    elem,
    hiddenSize,
    absent: args.rows,
  });
  const launch = bindKernel(gpu, "star_route", {
    elem,
    constants: {
      WG: workgroupSize(gpu, 64),
      D: hiddenSize,
      F: expertSize,
      STRIDE: stride,
      ...norm.constants,
    },
    operands: [
      rowsOperand(args.rows),
      { name: "x", kind: "read", buffer: args.x, minBytes: hiddenSize * bytes },
      {
        name: "gate",
        kind: "read",
        buffer: args.gate,
        minBytes: 2 * hiddenSize * 4,
      },
      {
        name: "act",
        kind: "read",
        buffer: args.act,
        minBytes: stride * bytes,
      },
      norm.operand,
      {
        name: "out",
        kind: "write",
        buffer: args.out,
        minBytes: 2 * stride * bytes,
      },
    ],
  });
  return (numRows) => [launch([1, numRows, 1])];
}
