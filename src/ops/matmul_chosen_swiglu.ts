import { bindChosenKernel, type ChosenProduct } from "./chosen_kernel.ts";
import { elemBytes, type Op } from "./op.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { padCols } from "./packed_matrix.ts";

/**
 * Computes the gated activations of the experts that each row has chosen: `out[t, c] = silu(gate) * up`.
 *
 * Shapes: x `[T, K]`, w `[X * rows, K]` with each expert's rows as {@linkcode swigluRowMap} puts them and padded to
 * {@linkcode expertRows}, out `[T, numChosen, F]` with F padded to a multiple of 4.
 *
 * @param gpu Device.
 * @param args Operands, and `F`.
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small, or the experts' rows are not as they must be.
 */
export function matmulChosenSwiglu(
  gpu: Gpu,
  args: ChosenProduct & {
    readonly out: GPUBuffer;
    readonly intermediateSize: number;
  },
): Op {
  const stride = padCols(args.intermediateSize);
  return bindChosenKernel(gpu, "matmul_chosen_swiglu", {
    ...args,
    stride,
    numSerial: 1,
    out: {
      name: "out",
      kind: "write",
      buffer: args.out,
      minBytes: args.numChosen * stride * elemBytes(args.w.elem),
    },
  });
}
