import type { ByteSource } from "./byte_source.ts";
import { DTYPE_BITS, tensorSizeBytes } from "./dtype.ts";
import { parsePickle } from "./pickle.ts";
import {
  describePickle,
  isPickle,
  type PickleValue,
  type TorchTensor,
} from "./pickle_value.ts";
import { quote } from "./quote.ts";
import type { ByteRange } from "./read_bytes.ts";
import {
  entryMessage,
  type EntryPlace,
  type TensorEntry,
} from "./tensor_entry.ts";
import { openTorchArchive } from "./torch_archive.ts";

/**
 * Reads where the tensors of a state dict are in a file that `torch.save` wrote, such as
 * `pytorch_model.bin`; of the tensors it reads nothing, and of the file it runs nothing.
 *
 * Tensors may share bytes, as tied weights do. All must be row-major.
 *
 * @returns Tensors by name, in the state dict's order.
 * @throws {SyntaxError} The zip or its pickle is malformed.
 * @throws {TypeError} The pickle holds something else than a state dict.
 * @throws {ReferenceError} A storage is missing.
 * @throws {RangeError} A size or offset is not what the rest of the file requires.
 */
export async function readTorchTensors(
  source: ByteSource,
): Promise<ReadonlyMap<string, TensorEntry>> {
  const { file } = source;
  const { pickle, storages } = await openTorchArchive(source);
  const entries = new Map<string, TensorEntry>();
  for (const [name, tensor] of stateDict(parsePickle(pickle, file), file)) {
    entries.set(name, tensorEntry(tensor, { name, file, storages }));
  }
  return entries;
}

function stateDict(
  value: PickleValue,
  file: string,
): ReadonlyMap<string, TorchTensor> {
  if (!isPickle(value, "dict")) {
    throw new TypeError(
      `Cannot read ${quote(file)} as it must hold a dict of tensors: found ${
        describePickle(value)
      }`,
    );
  }
  const tensors = new Map<string, TorchTensor>();
  for (const [name, item] of value.items) {
    if (!isPickle(item, "tensor")) {
      throw new TypeError(entryMessage({ name, file }, {
        rule: "it must be a tensor",
        found: describePickle(item),
      }));
    }
    tensors.set(name, item);
  }
  return tensors;
}

function tensorEntry(
  tensor: TorchTensor,
  { storages, ...place }: EntryPlace & {
    readonly storages: ReadonlyMap<string, ByteRange>;
  },
): TensorEntry {
  const { storage, startElements, shape } = tensor;
  const { dtype } = storage;
  const stored = findStorage(tensor, { storages, ...place });
  const sizeBytes = tensorSizeBytes(dtype, shape);
  const elementBytes = DTYPE_BITS[dtype] / 8;
  const startBytes = startElements * elementBytes;
  if (sizeBytes === null || startBytes + sizeBytes > stored.sizeBytes) {
    throw new RangeError(entryMessage(place, {
      rule:
        `it must be within the ${storage.numElements} elements of data/${storage.key}`,
      found: `${dtype} [${shape.join(", ")}] from ${startElements} on`,
    }));
  }
  checkStrides(tensor, place);
  return {
    ...place,
    dtype,
    shape,
    startBytes: stored.startBytes + startBytes,
    sizeBytes,
  };
}

function findStorage(
  { storage: { key, dtype, numElements } }: TorchTensor,
  { storages, ...place }: EntryPlace & {
    readonly storages: ReadonlyMap<string, ByteRange>;
  },
): ByteRange {
  const stored = storages.get(key);
  if (stored === undefined) {
    throw new ReferenceError(entryMessage(place, {
      rule: `data/${key} must hold it`,
      found: "no such file in the zip",
    }));
  }
  const sizeBytes = tensorSizeBytes(dtype, [numElements]);
  if (sizeBytes !== stored.sizeBytes) {
    throw new RangeError(entryMessage(place, {
      rule: `data/${key} must hold ${numElements} elements of ${dtype}`,
      found: `${stored.sizeBytes} bytes`,
    }));
  }
  return stored;
}

function checkStrides(
  { shape, strides }: TorchTensor,
  place: EntryPlace,
): void {
  const rowMajor: number[] = [];
  let stride = 1;
  for (const size of shape.toReversed()) {
    rowMajor.unshift(stride);
    stride *= size;
  }
  // Where there is one element or none along an axis, its stride is never used.
  const isRowMajor = shape.includes(0) ||
    shape.every((size, axis) => size === 1 || strides[axis] === rowMajor[axis]);
  if (isRowMajor) return;
  throw new RangeError(entryMessage(place, {
    rule: `its strides must be those of row-major order, [${
      rowMajor.join(", ")
    }]`,
    found: `[${strides.join(", ")}]`,
  }));
}
