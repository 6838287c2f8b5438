import { openByteSource } from "./byte_source.ts";
import { type JsonObject, parseJson } from "./json.ts";
import { quote } from "./quote.ts";

const MAX_FILE_BYTES = 16 * 2 ** 20;

/**
 * Reads a file that must hold one JSON object in UTF-8, such as `config.json`.
 *
 * @throws {ReferenceError} There is no such file.
 * @throws {RangeError} It is larger than 16 MiB.
 * @throws {SyntaxError} It is not UTF-8 or not JSON.
 * @throws {TypeError} It is not a regular file, or holds JSON other than an object.
 */
export async function readJsonFile(file: string): Promise<JsonObject> {
  using source = await openByteSource(file);
  if (source.sizeBytes > MAX_FILE_BYTES) {
    throw new RangeError(
      `Cannot read ${
        quote(file)
      } as it must be at most ${MAX_FILE_BYTES} bytes: found ${source.sizeBytes}`,
    );
  }
  const bytes = new Uint8Array(source.sizeBytes);
  const numBytes = await source.read(0, bytes);
  return parseJson(decodeUtf8(bytes.subarray(0, numBytes), file), { file });
}

/**
 * Decodes a file's text.
 *
 * @throws {SyntaxError} It is not UTF-8.
 */
export function decodeUtf8(
  bytes: Uint8Array<ArrayBuffer>,
  file: string,
): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new SyntaxError(
      `Cannot read ${quote(file)} as its text must be UTF-8: found other bytes`,
    );
  }
}
