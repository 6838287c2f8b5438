import {
  bindKernel,
  type BufferSlice,
  elemBytes,
  MAX_SOFTWARE_ITERATIONS,
  type Op,
} from "./op.ts";
import { rowsOperand } from "./matrix_kernel.ts";
import type { AttentionShape } from "./matmul_qkv.ts";
import type { Elem } from "../gpu/shader.ts";
import type { Gpu } from "../gpu/gpu.ts";

/** Largest head that the kernel can hold, `E`. */
export const MAX_HEAD_DIM = 256;

/**
 * Attends from each row to the positions up to its own.
 *
 * Shapes: q `[T, H, E]`, k and v `[S, G, E]`, out `[T, H, E]`.
 *
 * @param gpu Device.
 * @param args Row table, operands, number type, sizes, most keys `S`, and whether one thread walks all keys of a row and
 *   head (default: on a software adapter, unless they are too many).
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small, or a head cannot be handled.
 */
export function attention(
  gpu: Gpu,
  args: {
    readonly rows: GPUBuffer;
    readonly q: GPUBuffer;
    readonly k: GPUBuffer | BufferSlice;
    readonly v: GPUBuffer | BufferSlice;
    readonly out: GPUBuffer;
    readonly elem: Elem;
    readonly shape: AttentionShape;
    readonly contextLength: number;
    readonly isSerial?: boolean;
  },
): Op {
  const { elem } = args;
  const { numHeads, numKvHeads, headDim } = args.shape;
  if (headDim % 4 !== 0 || headDim > MAX_HEAD_DIM) {
    throw new RangeError(
      `Cannot attend as the head size E must be a multiple of 4 of at most ${MAX_HEAD_DIM}: ${headDim}`,
    );
  }
  const qBytes = numHeads * headDim * elemBytes(elem);
  const kvBytes = numKvHeads * headDim * elemBytes(elem);
  const name = chooseKernel(gpu, args);
  const launch = bindKernel(gpu, name, {
    elem,
    constants: {
      NUM_HEADS: numHeads,
      NUM_KV_HEADS: numKvHeads,
      HEAD_DIM: headDim,
    },
    operands: [
      rowsOperand(args.rows),
      { name: "q", kind: "read", buffer: args.q, minBytes: qBytes },
      { name: "k", kind: "read", buffer: args.k, minBytes: kvBytes },
      { name: "v", kind: "read", buffer: args.v, minBytes: kvBytes },
      { name: "out", kind: "write", buffer: args.out, minBytes: qBytes },
    ],
  });
  return (numRows) => [
    launch(
      name === "attention"
        ? [numHeads, numRows, 1]
        : [Math.ceil(numRows * numHeads / 8), 1, 1],
    ),
  ];
}

/** Chooses the kernel by the adapter and the most keys there can be: all passes sum in one order. */
function chooseKernel(
  gpu: Gpu,
  args: {
    readonly shape: AttentionShape;
    readonly contextLength: number;
    readonly isSerial?: boolean;
  },
): "attention" | "attention_serial" {
  if (args.isSerial !== undefined) {
    return args.isSerial ? "attention_serial" : "attention";
  }
  if (!gpu.adapter.isSoftware) return "attention";
  const numFours = args.shape.headDim / 4;
  const mostSerial = MAX_SOFTWARE_ITERATIONS / (2 * numFours + 1);
  if (args.contextLength <= mostSerial) return "attention_serial";
  const numParts = Math.floor(64 / numFours);
  const stepsPerBlock = numFours + 16 + Math.ceil(64 / numParts) + numParts + 1;
  const most = Math.floor(MAX_SOFTWARE_ITERATIONS / stepsPerBlock) * 64;
  if (args.contextLength > most) {
    throw new RangeError(
      `Cannot attend on ${gpu.adapter.name} as the context must be at most ${most} tokens, or its loops end early: ${args.contextLength}`,
    );
  }
  return "attention";
}
