import { fileURLToPath } from "node:url";
import { statPath } from "./byte_source.ts";
import { quote } from "./quote.ts";

/**
 * The path of a directory that must exist, without a slash at its end.
 *
 * @param directory A path or a `file:` URL.
 * @throws {ReferenceError} There is nothing.
 * @throws {TypeError} It is not a directory, or the URL has another scheme.
 */
export async function directoryPath(directory: string | URL): Promise<string> {
  const path = directory instanceof URL ? urlPath(directory) : directory;
  const info = await statPath(path);
  if (!info.isDirectory) {
    throw new TypeError(
      `Cannot open ${quote(path)} as it must be a directory: found a file`,
    );
  }
  return path.replace(/\/+$/, "");
}

function urlPath(url: URL): string {
  if (url.protocol === "file:") return fileURLToPath(url);
  throw new TypeError(
    `Cannot open ${
      quote(url.href)
    } as its scheme must be file: found ${url.protocol}`,
  );
}
