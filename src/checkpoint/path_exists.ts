import { fetchFile, isRemote } from "./remote_file.ts";
import { statPath } from "./byte_source.ts";

/** Whether there is anything at a path, or a file at an address. */
export async function pathExists(path: string): Promise<boolean> {
  try {
    await (isRemote(path) ? fetchFile(path, "HEAD") : statPath(path));
    return true;
  } catch (error) {
    if (error instanceof ReferenceError) return false;
    throw error;
  }
}
