import type { ByteSource } from "../byte_source.ts";
import { GGUF_FACTORS, isGgufFactors } from "../gguf_factors.ts";
import { readGgufHeader } from "../gguf_header.ts";

/** Bytes of a file, and where they are in it. */
export interface FilePart {
  readonly startBytes: number;
  readonly bytes: Uint8Array;
}

/** Fetches bytes of a file, from one up to another. */
export type FetchPart = (
  startBytes: number,
  endBytes: number,
) => Promise<Uint8Array>;

/**
 * Fetches of a GGUF file what says what it is: its header, and the factors that its configuration follows from.
 *
 * @param path The file, as error messages name it.
 * @param options Its length, and how to fetch.
 * @returns The parts, from the beginning on.
 * @throws As `readGgufHeader` does.
 */
export async function fetchGgufParts(
  path: string,
  { sizeBytes, fetchPart }: {
    readonly sizeBytes: number;
    readonly fetchPart: FetchPart;
  },
): Promise<readonly FilePart[]> {
  const parts: FilePart[] = [];
  let numBytes = 0;
  const source: ByteSource = {
    file: path,
    sizeBytes,
    // Read from the beginning each time, and longer each time.
    read: async (_, into) => {
      if (numBytes < into.length) {
        const bytes = await fetchPart(numBytes, into.length);
        parts.push({ startBytes: numBytes, bytes });
        numBytes = into.length;
      }
      for (const { startBytes, bytes } of parts) into.set(bytes, startBytes);
      return into.length;
    },
    [Symbol.dispose]: () => {},
  };
  const { tensors } = await readGgufHeader(source);
  for (const name of GGUF_FACTORS) {
    const entry = tensors.get(name);
    if (entry === undefined || !isGgufFactors(entry)) continue;
    const { startBytes } = entry;
    const bytes = await fetchPart(startBytes, startBytes + entry.sizeBytes);
    parts.push({ startBytes, bytes });
  }
  return parts;
}
