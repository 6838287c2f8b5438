import {
  BLOCK_SIZES,
  type BlockFormat,
  isBlockFormat,
} from "./block_format.ts";
import { DTYPE_BITS, type FloatDtype, isFloatDtype } from "./dtype.ts";

/** How a tensor of a GGUF file may be stored. */
export type GgufType = FloatDtype | BlockFormat;

/**
 * Names of ggml's types by their numbers; gaps are types that are no more.
 *
 * Source: ggml's `ggml.h`, `enum ggml_type`.
 */
const TYPE_NAMES: ReadonlyMap<number, string> = new Map([
  ...["F32", "F16", "Q4_0", "Q4_1"].map((name, id) => [id, name] as const),
  ...[
    ...["Q5_0", "Q5_1", "Q8_0", "Q8_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K"],
    ...["Q6_K", "Q8_K", "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL"],
    ...["IQ3_S", "IQ2_S", "IQ4_XS", "I8", "I16", "I32", "I64", "F64"],
    ...["IQ1_M", "BF16"],
  ].map((name, index) => [6 + index, name] as const),
  [34, "TQ1_0"],
  [35, "TQ2_0"],
  [39, "MXFP4"],
]);

/** Names of the types that are read, for messages. */
export const GGUF_TYPES: readonly string[] = [
  ...["F32", "F16", "BF16"],
  ...Object.keys(BLOCK_SIZES),
];

/** The name of one of ggml's types, `type 99` where it is unknown. */
export function ggufTypeName(id: number): string {
  return TYPE_NAMES.get(id) ?? `type ${id}`;
}

/** Whether a name is that of a type that is read. */
export function isGgufType(name: string): name is GgufType {
  return isFloatDtype(name) || isBlockFormat(name);
}

/**
 * Bytes of a tensor.
 *
 * @param type How it is stored.
 * @param shape Its sizes, outermost first.
 * @returns `null` where a row is no whole number of blocks, or the tensor too large to count.
 */
export function ggufSizeBytes(
  type: GgufType,
  shape: readonly number[],
): number | null {
  const { numElements, sizeBytes } = isBlockFormat(type)
    ? BLOCK_SIZES[type]
    : { numElements: 1, sizeBytes: DTYPE_BITS[type] / 8 };
  if ((shape.at(-1) ?? 1) % numElements !== 0) return null;
  const count = shape.reduce((product, size) => product * size, 1);
  const total = count / numElements * sizeBytes;
  return Number.isSafeInteger(count) && Number.isSafeInteger(total)
    ? total
    : null;
}
