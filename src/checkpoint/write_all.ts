/**
 * Writes bytes where a file is, all of them.
 *
 * @param file The file.
 * @param bytes The bytes.
 */
export async function writeAll(
  file: Deno.FsFile,
  bytes: Uint8Array,
): Promise<void> {
  let numBytes = 0;
  while (numBytes < bytes.length) {
    numBytes += await file.write(bytes.subarray(numBytes));
  }
}
