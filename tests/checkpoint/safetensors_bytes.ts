/** A safetensors file made by hand: any header, any length, any bytes after it. */
export function safetensorsBytes(
  header: unknown,
  numDataBytes = 0,
): Uint8Array<ArrayBuffer> {
  const text = typeof header === "string" ? header : JSON.stringify(header);
  return joinSafetensors(
    new TextEncoder().encode(text),
    new Uint8Array(numDataBytes),
  );
}

/** A file of these header bytes and tensor bytes; `length` may lie. */
export function joinSafetensors(
  header: Uint8Array,
  tensors: Uint8Array,
  { length = BigInt(header.length) }: { readonly length?: bigint } = {},
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8 + header.length + tensors.length);
  new DataView(bytes.buffer).setBigUint64(0, length, true);
  bytes.set(header, 8);
  bytes.set(tensors, 8 + header.length);
  return bytes;
}
