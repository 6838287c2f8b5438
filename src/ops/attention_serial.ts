import {
  bindKernel,
  type BufferSlice,
  elemBytes,
  floatConstant,
  type Op,
  type Operand,
} from "./op.ts";
import {
  cacheConstants,
  type CacheFormat,
  cacheSlotBytes,
} from "./cache_format.ts";
import type { AttentionShape } from "./matmul_qkv.ts";
import type { Elem, KernelConstants } from "../gpu/shader.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { rowsOperand } from "./matrix_kernel.ts";

/** What attention works on. */
export interface AttentionArgs {
  /** Row table. */
  readonly rows: GPUBuffer;
  /** `[T, H, E]`. */
  readonly q: GPUBuffer;
  /** `[S, G, E]`. */
  readonly k: GPUBuffer | BufferSlice;
  /** `[S, G, E]`. */
  readonly v: GPUBuffer | BufferSlice;
  /** `[T, H, E]`. */
  readonly out: GPUBuffer;
  /** Number type of queries and output. */
  readonly elem: Elem;
  /** How keys and values are stored. Default: in the same type. */
  readonly cacheFormat?: CacheFormat | undefined;
  /** Heads and their size. */
  readonly shape: AttentionShape;
  /** Factor of products of queries and keys. Default: `1/sqrt(E)`. */
  readonly scale?: number | undefined;
  /** `c` of `c * tanh(x / c)`, which scores go through. Default: they stay as they are. */
  readonly softCap?: number | null | undefined;
  /** Most positions that a row attends to, its own included. Default: all before it. */
  readonly window?: number | null | undefined;
  /** Slots of each sequence, where several share the cache. Default: all are one sequence's. */
  readonly sequenceSlots?: number | undefined;
}

/** More slots than a cache has, and more positions than a sequence. */
export const ALL_SLOTS = 2 ** 32 - 1;

const WG = 8;

/**
 * Attends from each row to the positions up to its own, one thread for all keys of a row and head.
 *
 * Shapes: q `[T, H, E]`, k and v `[S, G, E]`, out `[T, H, E]`.
 *
 * @param gpu Device.
 * @param args Row table, operands, number type, sizes.
 * @returns The op, taking `T`.
 * @throws {RangeError} If a buffer is too small.
 */
export function attentionSerial(gpu: Gpu, args: AttentionArgs): Op {
  const bindings = attentionBindings(args, attendedOperand(args));
  const launch = bindKernel(gpu, "attention_serial", bindings);
  const { numHeads } = args.shape;
  return (numRows) => [launch([Math.ceil(numRows * numHeads / WG), 1, 1])];
}

/**
 * Lists what all kernels that walk keys are bound to.
 *
 * @param args Row table, operands, number type, sizes.
 * @param out What the kernel writes.
 * @returns Number type, constants and operands.
 */
export function attentionBindings(
  args: Omit<AttentionArgs, "out">,
  out: Operand,
): {
  readonly elem: Elem;
  readonly constants: KernelConstants;
  readonly operands: readonly Operand[];
} {
  const { elem, cacheFormat = elem, q, k, v } = args;
  const { numHeads, numKvHeads, headDim } = args.shape;
  const qBytes = numHeads * headDim * elemBytes(elem);
  const kvBytes = cacheSlotBytes(cacheFormat, args.shape);
  return {
    elem,
    constants: {
      NUM_HEADS: numHeads,
      NUM_KV_HEADS: numKvHeads,
      HEAD_DIM: headDim,
      SEQUENCE_SLOTS: args.sequenceSlots ?? ALL_SLOTS,
      SCALE: floatConstant(args.scale ?? 1 / Math.sqrt(headDim)),
      CAP: floatConstant(args.softCap ?? 0),
      WINDOW: args.window ?? ALL_SLOTS,
      ...cacheConstants(cacheFormat),
    },
    operands: [
      rowsOperand(args.rows),
      { name: "q", kind: "read", buffer: q, minBytes: qBytes },
      { name: "k", kind: "read", buffer: k, minBytes: kvBytes },
      { name: "v", kind: "read", buffer: v, minBytes: kvBytes },
      out,
    ],
  };
}

/**
 * Describes what attention writes in the end.
 *
 * @param args Output, number type, sizes.
 * @returns The operand.
 */
export function attendedOperand(
  { out, elem, shape }: Pick<AttentionArgs, "out" | "elem" | "shape">,
): Operand {
  const minBytes = shape.numHeads * shape.headDim * elemBytes(elem);
  return { name: "out", kind: "write", buffer: out, minBytes };
}
