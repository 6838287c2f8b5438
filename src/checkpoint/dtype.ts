/** An element type of the safetensors format. */
export type Dtype =
  | "BOOL"
  | "F4"
  | "F6_E2M3"
  | "F6_E3M2"
  | "U8"
  | "I8"
  | "F8_E5M2"
  | "F8_E4M3"
  | "F8_E8M0"
  | "F8_E4M3FNUZ"
  | "F8_E5M2FNUZ"
  | "I16"
  | "U16"
  | "F16"
  | "BF16"
  | "I32"
  | "U32"
  | "F32"
  | "C64"
  | "F64"
  | "I64"
  | "U64";

/** Element types of the safetensors format, with the bits of one element. */
export const DTYPE_BITS: Readonly<Record<Dtype, number>> = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
};

/** An element type that weights may have. */
export type FloatDtype = "F32" | "F16" | "BF16";

/** Whether a string names an element type. */
export function isDtype(name: string): name is Dtype {
  return Object.hasOwn(DTYPE_BITS, name);
}

/** Whether a name is that of an element type that weights may have. */
export function isFloatDtype(dtype: string): dtype is FloatDtype {
  return dtype === "F32" || dtype === "F16" || dtype === "BF16";
}

/**
 * Bytes of a tensor.
 *
 * @returns `null` when it is not a whole number of bytes, or 2^53 bits or more.
 */
export function tensorSizeBytes(
  dtype: Dtype,
  shape: readonly number[],
): number | null {
  let numBits = DTYPE_BITS[dtype];
  for (const size of shape) {
    numBits *= size;
    if (!Number.isSafeInteger(numBits)) return null;
  }
  return numBits % 8 === 0 ? numBits / 8 : null;
}
