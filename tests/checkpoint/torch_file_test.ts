import { assertEquals } from "@std/assert";
import type { TensorToWrite } from "../../src/checkpoint/mod.ts";
import { readTorchTensors } from "../../src/checkpoint/torch_file.ts";
import { readZipDirectory } from "../../src/checkpoint/zip_directory.ts";
import { MemorySource } from "./memory_source.ts";
import { pickleStateDict, type TensorToPickle } from "./pickle_writer.ts";
import { PYTHON_STATE_DICT, PYTHON_TENSORS } from "./python_state_dict.ts";
import { Random } from "./random.ts";
import { tinyTensors } from "./tiny_model.ts";
import { rowMajor, torchBytes, torchFiles } from "./torch_writer.ts";
import { zipBytes } from "./zip_writer.ts";

interface Tensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

async function readAll(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<readonly Tensor[]> {
  const entries = await readTorchTensors(new MemorySource(bytes));
  return [...entries.values()].map((entry) => {
    const { name, dtype, shape, startBytes, sizeBytes } = entry;
    const part = bytes.slice(startBytes, startBytes + sizeBytes);
    return { name, dtype, shape, bytes: part };
  });
}

function numbersOf({ dtype, bytes }: Tensor): readonly number[] {
  if (dtype === "F32") return [...new Float32Array(bytes.buffer)];
  if (dtype === "F16") return [...new Float16Array(bytes.buffer)];
  if (dtype === "I64") return [...new BigInt64Array(bytes.buffer)].map(Number);
  if (dtype !== "BF16") return [...bytes];
  const bits = [...new Uint16Array(bytes.buffer)].map((half) => half << 16);
  return [...new Float32Array(Int32Array.from(bits).buffer)];
}

/** The same tensors as CPython pickled in the fixture. */
function pythonTensors(): readonly TensorToPickle[] {
  const storages = [
    ...[["FloatStorage", 12, 0], ["FloatStorage", 12, 6]] as const,
    ...[["HalfStorage", 4, 0], ["BFloat16Storage", 2, 0]] as const,
    ...[["LongStorage", 3, 0], ["BoolStorage", 4, 0]] as const,
    ...[["FloatStorage", 12, 11], ["FloatStorage", 0, 0]] as const,
  ];
  const keys = ["0", "0", "1", "2", "3", "4", "0", "5"];
  return PYTHON_TENSORS.map(([name, _, shape], index) => {
    const [storage = "", numElements = 0, startElements = 0] =
      storages[index] ?? [];
    return {
      name,
      storage,
      key: keys[index] ?? "",
      numElements,
      startElements,
      shape,
      strides: name === "brain" ? [1, 1] : rowMajor(shape),
      isParameter: name === "half",
    };
  });
}

Deno.test("readTorchTensors() reads what CPython wrote: types, sizes, numbers", async () => {
  const tensors = await readAll(PYTHON_STATE_DICT);
  assertEquals<unknown>(
    tensors.map((tensor) => [
      tensor.name,
      tensor.dtype,
      tensor.shape,
      numbersOf(tensor),
    ]),
    PYTHON_TENSORS,
  );
});

Deno.test("pickleStateDict(), by which the other tests write, writes what CPython writes", async () => {
  const zip = await readZipDirectory(new MemorySource(PYTHON_STATE_DICT));
  const { startBytes = 0, sizeBytes = 0 } = zip.get("pytorch_model/data.pkl") ??
    {};
  assertEquals(
    pickleStateDict(pythonTensors(), { moduleVersions: { "": 1, a: 1 } }),
    PYTHON_STATE_DICT.slice(startBytes, startBytes + sizeBytes),
  );
});

Deno.test("readTorchTensors() reads dicts, OrderedDicts and _metadata alike, in any folder", async () => {
  const tensors = tinyTensors();
  for (const isOrdered of [false, true]) {
    for (const folder of ["archive", "pytorch_model", "größe"]) {
      const moduleVersions = { "": 1, "model.norm": 2 };
      const pickle = isOrdered ? { moduleVersions } : { isOrdered };
      assertEquals<unknown>(
        await readAll(torchBytes(tensors, { pickle, folder })),
        tensors,
      );
    }
  }
  assertEquals(await readAll(torchBytes([])), []);
});

Deno.test("readTorchTensors() reads all types of storages, and more axes than weights have", async () => {
  const random = new Random(3);
  const sizes = {
    ...{ F32: 4, F16: 2, BF16: 2, F64: 8, I64: 8 },
    ...{ I32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1 },
  } as const;
  const shapes = [[], [1], [7], [2, 3], [2, 3, 4], [1, 2, 1, 3, 2], [0], [
    3,
    0,
  ]];
  const tensors: TensorToWrite[] = shapes.flatMap((shape) =>
    Object.entries(sizes).map(([dtype, size]) => ({
      name: `${dtype} [${shape}]`,
      dtype: dtype as keyof typeof sizes,
      shape,
      bytes: random.bytes(
        shape.reduce((product, axis) => product * axis, size),
      ),
    }))
  );
  assertEquals<unknown>(await readAll(torchBytes(tensors)), tensors);
});

Deno.test("readTorchTensors() reads state dicts of more than a thousand tensors", async () => {
  const bytes = Uint8Array.of(1, 2);
  const tensors = Array.from({ length: 2100 }, (_, index): TensorToWrite => ({
    name: `layers.${index}.weight`,
    dtype: "F16",
    shape: [1],
    bytes,
  }));
  assertEquals<unknown>(await readAll(torchBytes(tensors)), tensors);
});

Deno.test("readTorchTensors() reads parts of storages, shared or not, and any stride of an axis of one", async () => {
  const bytes = Uint8Array.from({ length: 24 }, (_, index) => index);
  const part = (
    name: string,
    startElements: number,
    shape: readonly number[],
    strides = rowMajor(shape),
  ): TensorToPickle => ({
    name,
    storage: "ByteStorage",
    key: "0",
    numElements: 24,
    startElements,
    shape,
    strides,
  });
  const pickle = pickleStateDict([
    part("whole", 0, [4, 6]),
    part("rows", 6, [2, 6]),
    part("last", 23, []),
    part("end", 24, [0]),
    part("loose", 3, [1, 2, 1], [77, 1, 99]),
    part("none", 0, [0, 5], [1, 2]),
  ]);
  const tensors = await readAll(zipBytes(torchFiles(pickle, [bytes])));
  assertEquals(tensors.map((tensor) => [...tensor.bytes]), [
    [...bytes],
    [6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17],
    [23],
    [],
    [3, 4],
    [],
  ]);
});

Deno.test("readTorchTensors() reads nothing but the directory and small files of a large zip", async () => {
  const bytes = new Uint8Array(1e6);
  const weight: TensorToWrite = { name: "w", dtype: "U8", shape: [1e6], bytes };
  const source = new MemorySource(torchBytes([weight]));
  await readTorchTensors(source);
  assertEquals(source.largestReadBytes < 2000, true);
});
