import { statPath } from "./byte_source.ts";
import { isRemote } from "./remote_file.ts";
import { quote } from "./quote.ts";
import { sourcePath } from "./source_path.ts";

/**
 * The path of a directory that must exist, or the address of one on a server, without a slash at its end.
 *
 * @param directory A path, or a `file:`, `http:` or `https:` URL.
 * @throws {ReferenceError} There is nothing.
 * @throws {TypeError} It is not a directory, or the URL has another scheme.
 */
export async function directoryPath(directory: string | URL): Promise<string> {
  const path = sourcePath(directory);
  // A server has files alone: whether they are there shows as they are fetched.
  if (!isRemote(path) && !(await statPath(path)).isDirectory) {
    throw new TypeError(
      `Cannot open ${quote(path)} as it must be a directory: found a file`,
    );
  }
  return path.replace(/\/+$/, "");
}
