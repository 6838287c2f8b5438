import {
  assert,
  assertEquals,
  assertGreater,
  assertLessOrEqual,
} from "@std/assert";
import { readTorchTensors } from "../../src/checkpoint/torch_file.ts";
import { assertLoaderError } from "./assert_loader_error.ts";
import { MemorySource } from "./memory_source.ts";
import { mutateBytes } from "./mutate.ts";
import {
  pickleStateDict,
  type TensorToPickle,
  uint32,
} from "./pickle_writer.ts";
import { PYTHON_STATE_DICT } from "./python_state_dict.ts";
import { Random } from "./random.ts";
import { draftTensors, KINDS } from "./tiny_drafter.ts";
import { toPickle, torchBytes, torchFiles } from "./torch_writer.ts";
import { zipBytes, type ZipFile } from "./zip_writer.ts";

type Mutation = (random: Random) => Uint8Array<ArrayBuffer>;

const ORIGINALS = [
  PYTHON_STATE_DICT,
  ...KINDS.map((kind) => torchBytes(draftTensors(kind))),
  torchBytes(draftTensors("eagle"), { zip: { isHuge: true } }),
];
const TENSORS = draftTensors("eagle3");
const STORAGES = TENSORS.map(({ bytes }) =>
  bytes instanceof Uint8Array ? bytes : new Uint8Array()
);
const PICKLE = pickleStateDict(toPickle(TENSORS), { moduleVersions: { a: 1 } });
const NUMBERS: readonly number[] = [
  ...[0, 1, 2, 3, 6, 7, 8, 127, 255, 256, 65535, 65536],
  ...[2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40, 2 ** 52],
];

const anyByte: Mutation = (random) =>
  mutateBytes(random.pick(ORIGINALS), random);

/** Changes the last bytes of a file, where a zip's directory is. */
const directory: Mutation = (random) => {
  const bytes = new Uint8Array(random.pick(ORIGINALS));
  const start = Math.max(bytes.length - 600, 0);
  for (let change = random.below(3); change >= 0; change--) {
    const offset = start + random.below(bytes.length - start - 4);
    const value = random.pick(NUMBERS.filter((number) => number < 2 ** 32));
    bytes.set(uint32(value).slice(0, random.pick([1, 2, 4])), offset);
  }
  return bytes;
};

/** Changes opcodes and operands, in a zip that is well-formed. */
const pickle: Mutation = (random) => {
  let bytes = mutateBytes(PICKLE, random);
  if (random.below(2) === 0) {
    // An opcode, in place of another.
    const opcodes = [0x28, 0x2e, 0x51, 0x52, 0x62, 0x63, 0x68, 0x71, 0x73];
    bytes = new Uint8Array(PICKLE);
    bytes[random.below(bytes.length)] = random.pick(opcodes);
  }
  return zipBytes(torchFiles(bytes, STORAGES));
};

/** Changes what tensors say of themselves. */
const tensors: Mutation = (random) => {
  const pickled = toPickle(TENSORS).map((tensor): TensorToPickle => {
    if (random.below(8) > 0) return tensor;
    const number = random.pick(NUMBERS);
    const sizes = random.pick([[], [number], [number, 1], [2, number]]);
    return {
      ...tensor,
      ...random.pick<Partial<TensorToPickle>>([
        { key: String(number) },
        { key: random.pick(["", "-1", "../0", "0x1", "00"]) },
        { numElements: number },
        { startElements: number },
        { shape: sizes },
        { strides: sizes },
        { shape: sizes, strides: sizes.map(() => 1) },
        { storage: random.pick(["HalfStorage", "CharStorage", "Storage"]) },
        { name: random.pick(["fc.weight", "", "a\nb"]) },
        { isParameter: true },
      ]),
    };
  });
  return zipBytes(torchFiles(pickleStateDict(pickled), STORAGES));
};

/** Changes what a zip says of its files. */
const archive: Mutation = (random) => {
  const files = torchFiles(PICKLE, STORAGES).map((file): ZipFile => {
    if (random.below(8) > 0) return file;
    const number = random.pick(NUMBERS.filter((number) => number < 2 ** 32));
    return {
      ...file,
      ...random.pick<Partial<ZipFile>>([
        { name: random.pick(["pytorch_model/data/1", "x", "../x", "/"]) },
        { bytes: random.bytes(random.below(40)) },
        { lies: { startBytes: number } },
        { lies: { sizeBytes: number, storedBytes: number } },
        { lies: { method: number % 100 } },
        { lies: { flags: number % 65536 } },
      ]),
    };
  });
  return zipBytes(files, { isHuge: random.below(2) === 0 });
};

/** Reads a file, and says whether that went well. */
async function isRead(bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const source = new MemorySource(bytes);
  try {
    for (const [name, entry] of await readTorchTensors(source)) {
      assertEquals(entry.name, name);
      const numElements = entry.shape.reduce((size, axis) => size * axis, 1);
      const elementBytes = entry.sizeBytes / Math.max(numElements, 1);
      assert(numElements === 0 || [1, 2, 4, 8].includes(elementBytes));
      assertGreater(entry.startBytes, 0);
      assertLessOrEqual(entry.startBytes + entry.sizeBytes, bytes.length);
    }
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === "AssertionError") throw error;
    assertLoaderError(error);
    return false;
  } finally {
    assertLessOrEqual(source.largestReadBytes, bytes.length);
  }
}

const MUTATIONS: readonly (readonly [string, Mutation])[] = [
  ["any byte", anyByte],
  ["the zip's directory", directory],
  ["the pickle", pickle],
  ["the tensors in the pickle", tensors],
  ["the files in the zip", archive],
];

const NUM_ROUNDS = 1500;

for (const [name, mutate] of MUTATIONS) {
  Deno.test(`readTorchTensors() reads soundly or refuses clearly after ${NUM_ROUNDS} mutations of ${name}`, async () => {
    let numRead = 0;
    for (let round = 0; round < NUM_ROUNDS; round++) {
      if (await isRead(mutate(new Random(round)))) numRead++;
    }
    // Some mutations do no harm, most do.
    assertGreater(numRead, 0);
    assertGreater(NUM_ROUNDS, numRead);
  });
}
