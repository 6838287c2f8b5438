import { fileURLToPath } from "node:url";
import { quote } from "./quote.ts";

/** A file that was read. */
export interface TextFile {
  /** Where it is, as error messages name it. */
  readonly name: string;
  /** Its content. */
  readonly text: string;
}

/**
 * Reads a text file of a model's directory.
 *
 * @param directory A path, or a URL: `file:` is read, `http:` and `https:` are fetched.
 * @param fileName Name of the file in it.
 * @returns The file, or `null` if there is none.
 * @throws {SyntaxError} It is not UTF-8.
 * @throws {TypeError} It is a directory, or its server does not answer with a file.
 */
export async function readTextFile(
  directory: string | URL,
  fileName: string,
): Promise<TextFile | null> {
  const place = locate(directory, fileName);
  const name = String(place);
  const bytes = typeof place === "string"
    ? await readBytes(place)
    : await fetchBytes(place);
  return bytes === null ? null : { name, text: decodeUtf8(bytes, name) };
}

/** A path, or the URL of a file on a server. */
function locate(directory: string | URL, fileName: string): string | URL {
  if (typeof directory === "string") {
    return `${directory}${directory.endsWith("/") ? "" : "/"}${fileName}`;
  }
  const folder = new URL(directory);
  if (!folder.pathname.endsWith("/")) folder.pathname += "/";
  const place = new URL(fileName, folder);
  return place.protocol === "file:" ? fileURLToPath(place) : place;
}

async function readBytes(path: string): Promise<Uint8Array | null> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (
      error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory
    ) return null;
    if (error instanceof Deno.errors.IsADirectory) {
      throw new TypeError(
        `Cannot read ${quote(path)} as it must be a file: found a directory`,
      );
    }
    throw error;
  }
}

async function fetchBytes(place: URL): Promise<Uint8Array | null> {
  const response = await fetch(place);
  if (response.ok) return response.bytes();
  await response.body?.cancel();
  if (response.status === 404) return null;
  throw new TypeError(
    `Cannot read ${
      quote(place.href)
    } as its server must answer 200: answered ${response.status}`,
  );
}

function decodeUtf8(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new SyntaxError(
      `Cannot read ${quote(name)} as its text must be UTF-8: found other bytes`,
    );
  }
}
