import {
  attention,
  attentionMerge,
  attentionSplit,
  type CacheFormat,
  cacheSlotBytes,
  type Op,
  partialBytes,
} from "../../src/ops/mod.ts";
import { attention as twin } from "../reference/attention.ts";
import { type Row, rowWords } from "../reference/lib/rows.ts";
import { assertClose, F16_ROUNDING } from "./_close.ts";
import type { Harness } from "./_harness.ts";
import { type ElemArray, elemArray, type Random, widen } from "./_random.ts";
import type { Elem } from "../../src/gpu/shader.ts";

/** Kernels that attend; those of splits do it with `attention_merge`. */
export type AttentionKernel =
  | "attention"
  | "attention_serial"
  | "attention_split";

/** Positions of a split, where a kernel is tested with small ones. */
export const SMALL_SPLIT = 64;

/** Binds a kernel, for passes of at most so many rows; three workgroups share the splits of each. */
export function bindAttention(
  { gpu }: Harness,
  kernel: AttentionKernel,
  args: Omit<Parameters<typeof attention>[1], "partials" | "isSerial"> & {
    readonly maxRows: number;
  },
): Op {
  if (kernel !== "attention_split") {
    const isSerial = kernel === "attention_serial";
    return attention(gpu, { ...args, isSerial });
  }
  const small = { splitKeys: SMALL_SPLIT, ...args };
  const numBytes = args.maxRows * partialBytes(args.shape, small);
  const partials = gpu.createBuffer("partials", numBytes);
  const split = attentionSplit(gpu, { ...small, partials });
  const merge = attentionMerge(gpu, { ...small, partials });
  return (numRows) => [...split(numRows, 3), ...merge(numRows)];
}

/** Heads and number type. */
export interface Heads {
  readonly elem: Elem;
  /** Query heads. */
  readonly H: number;
  /** Key/value heads. */
  readonly G: number;
  /** Size of a head. */
  readonly E: number;
}

/** What some models change of attention. */
export interface AttentionChanges {
  /** Factor of scores; default: 1/sqrt(E). */
  readonly factor?: number;
  /** Default: none. */
  readonly softCap?: number;
  /** Default: none. */
  readonly window?: number;
}

/** A pass of attention. */
export interface AttentionPass extends Heads, AttentionChanges {
  readonly kernel: AttentionKernel;
  readonly row: readonly Row[];
  /** Slots of each sequence; default: all are one's. */
  readonly sequenceSlots?: number;
  /** `[T, H, E]` */
  readonly q: ElemArray;
  /** How keys and values are stored; default: as numbers of the same type. */
  readonly cacheFormat?: CacheFormat;
  /** `[S, G, E]`, or the words of a cache of 8 bits. */
  readonly k: ElemArray | Uint32Array<ArrayBuffer>;
  /** The same. */
  readonly v: ElemArray | Uint32Array<ArrayBuffer>;
}

/** @returns What the device computes, `[T, H, E]`. */
export async function attend(
  harness: Harness,
  pass: AttentionPass,
): Promise<ElemArray> {
  const { elem, H, G, E, row, q, k, v, kernel, sequenceSlots } = pass;
  const { cacheFormat = elem } = pass;
  const shape = { numHeads: H, numKvHeads: G, headDim: E };
  const buffers = {
    rows: harness.upload(rowWords({ row, firstLogitRow: 0 })),
    q: harness.upload(q),
    k: harness.upload(k),
    v: harness.upload(v),
    out: harness.empty(q.byteLength),
  };
  const op = bindAttention(harness, kernel, {
    ...buffers,
    maxRows: row.length,
    elem,
    cacheFormat,
    shape,
    contextLength: k.byteLength / cacheSlotBytes(cacheFormat, shape),
    scale: pass.factor,
    softCap: pass.softCap,
    window: pass.window,
    sequenceSlots,
  });
  await harness.run(() => op(row.length));
  const into = elemArray(elem, new Float32Array(q.length).fill(NaN));
  const out = await harness.read(buffers.out, into);
  for (const buffer of Object.values(buffers)) {
    harness.gpu.destroyBuffer(buffer);
  }
  return out;
}

/**
 * Bounds how far the output may be off where |q| <= scale, |k| <= 1 and |v| <= 1.
 *
 * A score, E products whose sizes sum to at most scale * sqrt(E), passes E/2 + 4 roundings; exp of it is off by
 * as much, and by 3 + 2 |x| units more, x being a difference of two scores (WGSL, 15.7.4); a sum over keys passes
 * 64 roundings in a block and one for each block, or two for each key where a single thread walks them. What
 * weights and their sum are off by adds up.
 */
function tolerance(E: number, scale: number, numKeys: number): number {
  const largest = scale * Math.sqrt(E);
  const roundings = Math.max(64 + numKeys / 64, 2 * numKeys);
  const units = (E / 2 + 4) * largest + 3 + 4 * largest + roundings;
  return 2 * units * 2 ** -24;
}

/** Throws unless the device attends from rows as the twin does. */
export async function assertAttends(
  harness: Harness,
  random: Random,
  shape: Heads & AttentionChanges & {
    readonly kernel: AttentionKernel;
    readonly row: readonly Row[];
    /** Slots, `S`. */
    readonly numSlots: number;
    /** Slots of each sequence; default: all are one's. */
    readonly sequenceSlots?: number;
    /** Largest size of a query's element; default: 1. */
    readonly scale?: number;
  },
): Promise<void> {
  const { elem, H, G, E, row, numSlots: S, scale = 1 } = shape;
  const q = random.uniform(elem, row.length * H * E, scale);
  const k = random.uniform(elem, S * G * E);
  const v = random.uniform(elem, S * G * E);
  const actual = await attend(harness, { ...shape, q, k, v });
  const rows = rowWords({ row, firstLogitRow: 0 });
  const expected = new Float64Array(q.length);
  twin({ rows, q: widen(q), k: widen(k), v: widen(v), out: expected }, {
    NUM_HEADS: H,
    NUM_KV_HEADS: G,
    HEAD_DIM: E,
    SEQUENCE_SLOTS: shape.sequenceSlots ?? 2 ** 32 - 1,
    ...shape.factor === undefined ? {} : { SCALE: shape.factor },
    ...shape.softCap === undefined ? {} : { CAP: shape.softCap },
    ...shape.window === undefined ? {} : { WINDOW: shape.window },
  });
  const numKeys = Math.max(...row.map(({ position }) => position + 1));
  assertClose(actual, expected, {
    absolute: tolerance(E, scale, numKeys) + (elem === "f16" ? 2 ** -24 : 0),
    relative: elem === "f16" ? F16_ROUNDING : 0,
    label: `H ${H}, G ${G}, E ${E}, q of ${scale}`,
  });
}
