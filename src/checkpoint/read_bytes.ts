import type { ByteSource } from "./byte_source.ts";
import { quote } from "./quote.ts";

/** Bytes of a file. */
export interface ByteRange {
  /** The first, counted from the start of the file. */
  readonly startBytes: number;
  /** How many. */
  readonly sizeBytes: number;
}

/**
 * Reads bytes that a file must hold; takes no memory for those it cannot.
 *
 * @throws {RangeError} The file does not hold them.
 */
export async function readBytes(
  source: ByteSource,
  { startBytes, sizeBytes }: ByteRange,
): Promise<Uint8Array<ArrayBuffer>> {
  const numHeld = Math.max(source.sizeBytes - startBytes, 0);
  if (sizeBytes > numHeld) fail(source, { startBytes, sizeBytes, numHeld });
  const bytes = new Uint8Array(sizeBytes);
  const numBytes = await source.read(startBytes, bytes);
  if (numBytes < sizeBytes) {
    fail(source, { startBytes, sizeBytes, numHeld: numBytes });
  }
  return bytes;
}

function fail(
  source: ByteSource,
  { startBytes, sizeBytes, numHeld }: ByteRange & { readonly numHeld: number },
): never {
  throw new RangeError(
    `Cannot read ${
      quote(source.file)
    } as it must hold ${sizeBytes} bytes from ${startBytes} on: found ${numHeld}`,
  );
}
