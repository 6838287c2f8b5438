import { decodeUtf8 } from "../checkpoint/json_file.ts";
import { quote } from "../checkpoint/quote.ts";
import { sha256 } from "./sha256.ts";

/** A file of texts. */
export interface DataFile {
  /** Where it is, as given. */
  readonly path: string;
  /** What it holds. */
  readonly text: string;
  /** SHA-256 of its bytes, in hexadecimal. */
  readonly sha256: string;
}

/** Close to the longest string that V8 makes. */
const MAX_BYTES = 2 ** 29 - 2 ** 10;

/**
 * Reads a file of texts.
 *
 * @param path Where it is.
 * @returns Its text and checksum.
 * @throws {ReferenceError} If there is no such file.
 * @throws {TypeError} If it is a directory.
 * @throws {SyntaxError} If it is not UTF-8.
 * @throws {RangeError} If it is empty or too large.
 */
export async function readDataFile(path: string): Promise<DataFile> {
  const bytes = await readFile(path);
  if (bytes.length > MAX_BYTES) {
    throw new RangeError(
      `Cannot read ${
        quote(path)
      } as it must be at most ${MAX_BYTES} bytes (split it): found ${bytes.length}`,
    );
  }
  const text = decodeUtf8(bytes, path);
  if (text.trim() === "") {
    throw new RangeError(
      `Cannot read ${quote(path)} as it must hold a text: found none`,
    );
  }
  return { path, text, sha256: await sha256(bytes) };
}

async function readFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new ReferenceError(
        `Cannot read ${quote(path)} as it must exist: found nothing there`,
      );
    }
    if (error instanceof Deno.errors.IsADirectory) {
      throw new TypeError(
        `Cannot read ${quote(path)} as it must be a file: found a directory`,
      );
    }
    throw error;
  }
}
