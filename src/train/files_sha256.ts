import { createHash } from "node:crypto";

/**
 * Computes the SHA-256 of files, one behind the other, without holding them in memory.
 *
 * @param paths The files.
 * @returns The checksum in hexadecimal.
 */
export async function filesSha256(paths: Iterable<string>): Promise<string> {
  const hash = createHash("sha256");
  for (const path of paths) {
    using file = await Deno.open(path);
    for await (const bytes of file.readable) hash.update(bytes);
  }
  return hash.digest("hex");
}
