import type { Dtype, TensorToWrite } from "../../src/checkpoint/mod.ts";
import {
  type PickleOptions,
  pickleStateDict,
  type TensorToPickle,
} from "./pickle_writer.ts";
import { zipBytes, type ZipFile, type ZipOptions } from "./zip_writer.ts";

const STORAGES: Partial<Readonly<Record<Dtype, string>>> = {
  F32: "FloatStorage",
  F16: "HalfStorage",
  BF16: "BFloat16Storage",
  F64: "DoubleStorage",
  I64: "LongStorage",
  I32: "IntStorage",
  I16: "ShortStorage",
  I8: "CharStorage",
  U8: "ByteStorage",
  BOOL: "BoolStorage",
};

/** How to write a file as `torch.save` does. */
export interface TorchOptions {
  readonly pickle?: PickleOptions;
  readonly zip?: ZipOptions;
  /** Default: `pytorch_model`. */
  readonly folder?: string;
}

/** Strides of row-major order. */
export function rowMajor(shape: readonly number[]): readonly number[] {
  return shape.map((_, axis) =>
    shape.slice(axis + 1).reduce(
      (stride, size) => stride * Math.max(size, 1),
      1,
    )
  );
}

/** The tensors as `torch.save` pickles them, each with a storage of its own. */
export function toPickle(
  tensors: readonly TensorToWrite[],
): readonly TensorToPickle[] {
  return tensors.map(({ name, dtype, shape }, index) => ({
    name,
    storage: STORAGES[dtype] ?? dtype,
    key: String(index),
    numElements: shape.reduce((product, size) => product * size, 1),
    startElements: 0,
    shape,
    strides: rowMajor(shape),
  }));
}

/** The files in a zip that `torch.save` writes, in its order. */
export function torchFiles(
  pickle: Uint8Array,
  storages: readonly Uint8Array[],
  folder = "pytorch_model",
): readonly ZipFile[] {
  const text = (text: string): Uint8Array => new TextEncoder().encode(text);
  return [
    { name: `${folder}/data.pkl`, bytes: pickle },
    { name: `${folder}/.format_version`, bytes: text("1") },
    { name: `${folder}/.storage_alignment`, bytes: text("64") },
    { name: `${folder}/byteorder`, bytes: text("little") },
    ...storages.map((bytes, key) => ({ name: `${folder}/data/${key}`, bytes })),
    { name: `${folder}/version`, bytes: text("3\n") },
    { name: `${folder}/.data/serialization_id`, bytes: text("0".repeat(40)) },
  ];
}

/** A whole file, as `torch.save` writes it. */
export function torchBytes(
  tensors: readonly TensorToWrite[],
  options: TorchOptions = {},
): Uint8Array<ArrayBuffer> {
  const pickle = pickleStateDict(toPickle(tensors), options.pickle);
  const storages = tensors.map(({ bytes }) =>
    bytes instanceof Uint8Array ? bytes : new Uint8Array()
  );
  return zipBytes(torchFiles(pickle, storages, options.folder), options.zip);
}
