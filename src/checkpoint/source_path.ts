import { fileURLToPath } from "node:url";
import { isRemote } from "./remote_file.ts";
import { quote } from "./quote.ts";

/**
 * The path that a path or URL leads to, or the address of what is on a server.
 *
 * @param source A path, or a `file:`, `http:` or `https:` URL.
 * @throws {TypeError} The URL has another scheme.
 */
export function sourcePath(source: string | URL): string {
  if (typeof source === "string") return source;
  if (source.protocol === "file:") return fileURLToPath(source);
  if (isRemote(source.href)) return source.origin + source.pathname;
  throw new TypeError(
    `Cannot open ${
      quote(source.href)
    } as its scheme must be file, http or https: found ${source.protocol}`,
  );
}

/** Whether a path or URL is that of a GGUF file, by its ending. */
export function isGguf(source: string | URL): boolean {
  return /\.gguf$/i.test(source instanceof URL ? source.pathname : source);
}
