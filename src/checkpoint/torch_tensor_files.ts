import { type ByteSource, openByteSource } from "./byte_source.ts";
import { quote } from "./quote.ts";
import type { TensorEntry } from "./tensor_entry.ts";
import type { ReadTensorOptions, TensorFiles } from "./tensor_files.ts";
import { readTorchTensors } from "./torch_file.ts";

/**
 * Opens a file that `torch.save` wrote, such as `pytorch_model.bin`. The tensors stay in it;
 * disposing closes it.
 *
 * @throws {ReferenceError} The file, or a part of it, is missing.
 * @throws {SyntaxError | TypeError | RangeError} It is malformed, or holds other things.
 */
export async function openTorchFile(file: string): Promise<TensorFiles> {
  using closing = new DisposableStack();
  const source = closing.use(await openByteSource(file));
  const files = new TorchTensorFiles(source, await readTorchTensors(source));
  // From here on it is the caller who closes it.
  closing.move();
  return files;
}

class TorchTensorFiles implements TensorFiles {
  readonly weightsFile: string;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly #source: ByteSource;
  #isClosed = false;

  constructor(source: ByteSource, tensors: ReadonlyMap<string, TensorEntry>) {
    this.weightsFile = source.file;
    this.tensors = tensors;
    this.#source = source;
  }

  async readTensorBytes(
    entry: TensorEntry,
    { startBytes = 0, into }: ReadTensorOptions,
  ): Promise<void> {
    const end = startBytes + into.length;
    const start = `Cannot read bytes ${startBytes} to ${end} of ${
      quote(entry.name)
    } from ${quote(entry.file)} as`;
    if (this.#isClosed) {
      throw new TypeError(`${start} the file must be open: found it closed`);
    }
    if (entry.file !== this.weightsFile) {
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
    const numBytes = await this.#source.read(
      entry.startBytes + startBytes,
      into,
    );
    if (numBytes < into.length) {
      throw new RangeError(
        `${start} the file must hold them: found ${numBytes} of ${into.length} bytes`,
      );
    }
  }

  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#source[Symbol.dispose]();
  }
}
