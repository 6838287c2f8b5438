import { type ByteSource, openByteSource } from "./byte_source.ts";
import { quote } from "./quote.ts";
import type { TensorEntry } from "./tensor_entry.ts";
import type { ReadTensorOptions, TensorFiles } from "./tensor_files.ts";

/** Open files and the tensors found in them, whatever their format. */
export class OpenTensorFiles implements TensorFiles {
  readonly weightsFile: string;
  readonly tensors: Map<string, TensorEntry> = new Map();
  readonly #sources: Map<string, ByteSource> = new Map();
  readonly #opened: DisposableStack = new DisposableStack();

  /** Has no files yet; `weightsFile` is the one that lists the tensors. */
  constructor(weightsFile: string) {
    this.weightsFile = weightsFile;
  }

  /**
   * Opens a file, which closes with these. Its tensors are the caller's to find and to set.
   *
   * @throws {ReferenceError} There is no such file.
   * @throws {TypeError} It is not a regular file.
   */
  async open(file: string): Promise<ByteSource> {
    const source = this.#opened.use(await openByteSource(file));
    this.#sources.set(file, source);
    return source;
  }

  async readTensorBytes(
    entry: TensorEntry,
    { startBytes = 0, into }: ReadTensorOptions,
  ): Promise<void> {
    const end = startBytes + into.length;
    const start = `Cannot read bytes ${startBytes} to ${end} of ${
      quote(entry.name)
    } from ${quote(entry.file)} as`;
    if (this.#opened.disposed) {
      throw new TypeError(`${start} the file must be open: found it closed`);
    }
    const source = this.#sources.get(entry.file);
    if (source === undefined) {
      throw new ReferenceError(
        `${start} the file must be of this checkpoint: found another`,
      );
    }
    if (
      !Number.isSafeInteger(startBytes) || startBytes < 0 ||
      end > entry.sizeBytes
    ) {
      throw new RangeError(
        `${start} they must be within the tensor: found ${entry.sizeBytes} bytes`,
      );
    }
    const numBytes = await source.read(entry.startBytes + startBytes, into);
    if (numBytes < into.length) {
      throw new RangeError(
        `${start} the file must hold them: found ${numBytes} of ${into.length} bytes`,
      );
    }
  }

  [Symbol.dispose](): void {
    this.#opened.dispose();
  }
}
