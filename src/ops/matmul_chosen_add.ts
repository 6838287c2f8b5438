import { bindChosenKernel, type ChosenProduct } from "./chosen_kernel.ts";
import { checkFours } from "./matrix_kernel.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Op } from "./op.ts";

/**
 * Adds the outputs of the experts that each row has chosen, weighed: `out[t] += sum over c of weight * x[t, c] · wᵀ`.
 *
 * Shapes: x `[T, numChosen, K]`, w `[X * rows, K]` with each expert's `D` rows padded to {@linkcode expertRows}, out
 * `[T, D]` f32; D a multiple of 4.
 *
 * @param gpu Device.
 * @param args Operands, and `D`.
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small, or the experts' rows are not as they must be.
 */
export function matmulChosenAdd(
  gpu: Gpu,
  args: ChosenProduct & {
    readonly out: GPUBuffer;
    readonly hiddenSize: number;
  },
): Op {
  const { out, hiddenSize } = args;
  checkFours(args.w.label, hiddenSize);
  return bindChosenKernel(gpu, "matmul_chosen_add", {
    ...args,
    stride: hiddenSize,
    numSerial: args.numChosen,
    out: { name: "out", kind: "write", buffer: out, minBytes: hiddenSize * 4 },
  });
}
