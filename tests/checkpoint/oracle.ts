/**
 * What a valid file is, said again in the plainest way, to judge the loader by: whole files in
 * memory, `JSON.parse`, a count of how often each byte is claimed.
 *
 * @module
 */

/** A tensor of a safetensors file; offsets count from the file's start. */
export interface PlainTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

const ELEMENT_BITS: Readonly<Record<string, number>> = {
  ...{ BOOL: 8, U8: 8, I8: 8, F4: 4, F6_E2M3: 6, F6_E3M2: 6 },
  ...{ F8_E5M2: 8, F8_E4M3: 8, F8_E8M0: 8 },
  ...{ F8_E4M3FNUZ: 8, F8_E5M2FNUZ: 8 },
  ...{ I16: 16, U16: 16, F16: 16, BF16: 16, I32: 32, U32: 32, F32: 32 },
  ...{ C64: 64, F64: 64, I64: 64, U64: 64 },
};

/** Parses JSON text; `null` unless it is an object in which no key appears twice. */
export function parsePlainly(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value)) return null;
    const strings = text.match(/"(?:[^"\\]|\\.)*"\s*:?/g) ?? [];
    const keys = strings.filter((string) => string.endsWith(":"));
    return keys.length === countKeys(value) ? value : null;
  } catch {
    return null;
  }
}

/** Reads the header of a whole safetensors file; `null` when the file is not valid. */
export function readPlainly(
  bytes: Uint8Array,
): ReadonlyMap<string, PlainTensor> | null {
  if (bytes.length < 8) return null;
  let headerBytes = 0;
  for (const byte of bytes.slice(0, 8).reverse()) {
    headerBytes = headerBytes * 256 + byte;
  }
  const dataStart = 8 + headerBytes;
  if (dataStart > bytes.length) return null;
  const header = bytes.slice(8, dataStart);
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(header);
  if (String(new TextEncoder().encode(text)) !== String(header)) return null;
  const json = text.startsWith("{") ? parsePlainly(text) : null;
  const numbers = text.replace(/"(?:[^"\\]|\\.)*"/g, "").replace(
    /true|false/g,
    "",
  );
  if (json === null || /[.eE]|-0/.test(numbers)) return null;
  const { __metadata__: metadata = {}, ...entries } = json;
  if (!isObject(metadata)) return null;
  if (Object.values(metadata).some((value) => typeof value !== "string")) {
    return null;
  }
  const tensors = new Map<string, PlainTensor>();
  for (const name of Object.keys(entries)) {
    const tensor = readPlainTensor(entries[name], dataStart);
    if (tensor === null) return null;
    tensors.set(name, tensor);
  }
  return isCovered([...tensors.values()], { dataStart, size: bytes.length })
    ? tensors
    : null;
}

function readPlainTensor(info: unknown, dataStart: number): PlainTensor | null {
  if (!isObject(info)) return null;
  if (Object.keys(info).sort().join() !== "data_offsets,dtype,shape") {
    return null;
  }
  const { dtype, shape, data_offsets: offsets } = info;
  if (typeof dtype !== "string" || !Object.hasOwn(ELEMENT_BITS, dtype)) {
    return null;
  }
  if (!isSizes(shape) || !isSizes(offsets)) return null;
  const [start, end] = offsets;
  if (offsets.length !== 2 || start === undefined || end === undefined) {
    return null;
  }
  let numBits = BigInt(ELEMENT_BITS[dtype] ?? 0);
  for (const size of shape) {
    numBits *= BigInt(size);
    if (numBits >= 2n ** 53n) return null;
  }
  if (numBits !== 8n * BigInt(end - start)) return null;
  return { dtype, shape, start: dataStart + start, end: dataStart + end };
}

function isCovered(
  tensors: readonly PlainTensor[],
  { dataStart, size }: { readonly dataStart: number; readonly size: number },
): boolean {
  if (tensors.some(({ end }) => end > size)) return false;
  const numClaims = new Uint32Array(size).fill(1, 0, dataStart);
  for (const { start, end } of tensors) {
    for (let offset = start; offset < end; offset++) {
      numClaims[offset] = (numClaims[offset] ?? 0) + 1;
    }
    const isInside = start === end &&
      tensors.some((other) => other.start < start && start < other.end);
    if (isInside) return false;
  }
  return numClaims.every((count) => count === 1);
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) &&
    value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function countKeys(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce(
    (total: number, item) => total + countKeys(item),
    own,
  );
}
