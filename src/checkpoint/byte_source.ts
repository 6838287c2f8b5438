import { quote } from "./quote.ts";
import { isRemote, openRemoteFile } from "./remote_file.ts";

/** Bytes with random access: a file, or memory in a test. */
export interface ByteSource extends Disposable {
  /** The file, as error messages name it. */
  readonly file: string;
  /** Bytes it held when it was opened. */
  readonly sizeBytes: number;
  /**
   * Reads from `startBytes` on until `into` is full or the file ends. Calls may overlap.
   *
   * @returns The number of bytes read.
   */
  read(startBytes: number, into: Uint8Array<ArrayBuffer>): Promise<number>;
}

/**
 * Opens a file for reading; its handle closes when the source is disposed. One on a server is fetched.
 *
 * @throws {ReferenceError} There is no such file.
 * @throws {TypeError} It is not a regular file.
 */
export async function openByteSource(file: string): Promise<ByteSource> {
  if (isRemote(file)) return await openRemoteFile(file);
  // Asked before opening: opening a named pipe would wait for a writer.
  const info = await statPath(file);
  if (!info.isFile) {
    const found = info.isDirectory ? "a directory" : "something else";
    throw new TypeError(
      `Cannot open ${quote(file)} as it must be a file: found ${found}`,
    );
  }
  return new FileSource(file, info.size, await Deno.open(file));
}

/**
 * Asks what a path is, following links.
 *
 * @throws {ReferenceError} There is nothing at the path.
 */
export async function statPath(path: string): Promise<Deno.FileInfo> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (
      error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory
    ) {
      throw new ReferenceError(
        `Cannot open ${quote(path)} as it must exist: found nothing there`,
      );
    }
    throw error;
  }
}

class FileSource implements ByteSource {
  readonly file: string;
  readonly sizeBytes: number;
  readonly #handle: Deno.FsFile;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(file: string, sizeBytes: number, handle: Deno.FsFile) {
    this.file = file;
    this.sizeBytes = sizeBytes;
    this.#handle = handle;
  }

  read(startBytes: number, into: Uint8Array<ArrayBuffer>): Promise<number> {
    // One at a time: seeking and reading share the handle's position.
    const reading = this.#turn.then(() => this.#readNow(startBytes, into));
    this.#turn = reading.catch(() => {});
    return reading;
  }

  async #readNow(
    startBytes: number,
    into: Uint8Array<ArrayBuffer>,
  ): Promise<number> {
    await this.#handle.seek(startBytes, Deno.SeekMode.Start);
    let numBytes = 0;
    while (numBytes < into.length) {
      const count = await this.#handle.read(into.subarray(numBytes));
      if (count === null) break;
      numBytes += count;
    }
    return numBytes;
  }

  [Symbol.dispose](): void {
    this.#handle.close();
  }
}
