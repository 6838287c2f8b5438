import { assert } from "@std/assert";
import { readTorchTensors } from "../../src/checkpoint/torch_file.ts";
import { assertErrorAsync } from "./assert_error.ts";
import { MemorySource } from "./memory_source.ts";
import {
  OP,
  pickleOf,
  pickleStateDict,
  type TensorToPickle,
} from "./pickle_writer.ts";
import { PYTHON_STATE_DICT } from "./python_state_dict.ts";
import { torchFiles } from "./torch_writer.ts";
import { zipBytes, type ZipFile } from "./zip_writer.ts";

const FILE = '"model.safetensors"';
const NUMBERS = new Uint8Array(24);
const WEIGHT: TensorToPickle = {
  name: "fc.weight",
  storage: "FloatStorage",
  key: "0",
  numElements: 6,
  startElements: 0,
  shape: [2, 3],
  strides: [3, 1],
};

type Fault = readonly [
  Uint8Array<ArrayBuffer>,
  readonly [typeof TypeError, string],
];

const faulty = (
  change: Partial<TensorToPickle>,
  storage = NUMBERS,
): Uint8Array<ArrayBuffer> =>
  zipBytes(torchFiles(pickleStateDict([{ ...WEIGHT, ...change }]), [storage]));

const pickled = (
  ...opcodes: readonly (readonly number[])[]
): Uint8Array<ArrayBuffer> => zipBytes(torchFiles(pickleOf(...opcodes), []));

/** The files of a good zip, one of them changed or left out. */
function changed(name: string, text: string | null): Uint8Array<ArrayBuffer> {
  const files = torchFiles(pickleStateDict([WEIGHT]), [NUMBERS]);
  const bytes = new TextEncoder().encode(text ?? "");
  return zipBytes(files.flatMap((file): readonly ZipFile[] => {
    if (file.name !== `pytorch_model/${name}`) return [file];
    return text === null ? [] : [{ ...file, bytes }];
  }));
}

const TENSORS: readonly Fault[] = [
  [faulty({ strides: [1, 2] }), [
    RangeError,
    `Cannot read "fc.weight" in ${FILE} as its strides must be those of row-major order, [3, 1]: found [1, 2]`,
  ]],
  [faulty({ strides: [0, 1] }), [
    RangeError,
    `Cannot read "fc.weight" in ${FILE} as its strides must be those of row-major order, [3, 1]: found [0, 1]`,
  ]],
  [faulty({ startElements: 1 }), [
    RangeError,
    `Cannot read "fc.weight" in ${FILE} as it must be within the 6 elements of data/0: found F32 [2, 3] from 1 on`,
  ]],
  [faulty({ shape: [3, 3] }), [
    RangeError,
    `Cannot read "fc.weight" in ${FILE} as it must be within the 6 elements of data/0: found F32 [3, 3] from 0 on`,
  ]],
  [faulty({ shape: [2 ** 40, 2 ** 40], strides: [2 ** 40, 1] }), [
    RangeError,
    `Cannot read "fc.weight" in ${FILE} as it must be within the 6 elements of data/0: found F32 [1099511627776, 1099511627776] from 0 on`,
  ]],
  [faulty({ startElements: 2 ** 52 }), [
    RangeError,
    `Cannot read "fc.weight" in ${FILE} as it must be within the 6 elements of data/0: found F32 [2, 3] from 4503599627370496 on`,
  ]],
  [faulty({ numElements: 7 }), [
    RangeError,
    `Cannot read "fc.weight" in ${FILE} as data/0 must hold 7 elements of F32: found 24 bytes`,
  ]],
  [faulty({ numElements: 2 ** 52 }), [
    RangeError,
    `Cannot read "fc.weight" in ${FILE} as data/0 must hold 4503599627370496 elements of F32: found 24 bytes`,
  ]],
  [faulty({ storage: "HalfStorage" }), [
    RangeError,
    `Cannot read "fc.weight" in ${FILE} as data/0 must hold 6 elements of F16: found 24 bytes`,
  ]],
  [faulty({ key: "1" }), [
    ReferenceError,
    `Cannot read "fc.weight" in ${FILE} as data/1 must hold it: found no such file in the zip`,
  ]],
  [pickled(OP.none), [
    TypeError,
    `Cannot read ${FILE} as it must hold a dict of tensors: found None`,
  ]],
  [pickled(OP.emptyDict, OP.text("model"), OP.emptyDict, OP.setItem), [
    TypeError,
    `Cannot read "model" in ${FILE} as it must be a tensor: found a dict`,
  ]],
  [pickled(OP.emptyDict, OP.text("epoch"), OP.int(3), OP.setItem), [
    TypeError,
    `Cannot read "epoch" in ${FILE} as it must be a tensor: found 3`,
  ]],
];

const ARCHIVES: readonly Fault[] = [
  [Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20), [
    SyntaxError,
    `Cannot read ${FILE} as it must be a zip, as torch.save writes since 1.6: found the older form`,
  ]],
  [new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\n"), [
    SyntaxError,
    `Cannot read ${FILE} as it must be a zip, as torch.save writes since 1.6: found other bytes`,
  ]],
  [new Uint8Array(), [
    SyntaxError,
    `Cannot read ${FILE} as it must be a zip, as torch.save writes since 1.6: found other bytes`,
  ]],
  [PYTHON_STATE_DICT.slice(0, -1), [
    SyntaxError,
    `Cannot read ${FILE} as it must end with the end record of a zip: found other bytes`,
  ]],
  [zipBytes([{ name: "data.pkl", bytes: NUMBERS }]), [
    SyntaxError,
    `Cannot read ${FILE} as all in it must be in one folder: found "data.pkl"`,
  ]],
  [
    zipBytes([...torchFiles(NUMBERS, []), ...torchFiles(NUMBERS, [], "../x")]),
    [
      SyntaxError,
      `Cannot read ${FILE} as all in it must be in one folder: found "../x/data.pkl"`,
    ],
  ],
  [changed("data.pkl", null), [
    ReferenceError,
    `Cannot read "pytorch_model/data.pkl" in ${FILE} as torch.save writes it: found no such file in the zip`,
  ]],
  [changed("version", null), [
    ReferenceError,
    `Cannot read "pytorch_model/version" in ${FILE} as torch.save writes it: found no such file in the zip`,
  ]],
  [changed("version", "11\n"), [
    RangeError,
    `Cannot read ${FILE} as its version must be 1 to 10: found "11\\n"`,
  ]],
  [changed("version", "3\n".repeat(1000)), [
    RangeError,
    `Cannot read ${FILE} as its version must be 1 to 10: found "${
      "3\\n".repeat(16)
    }"`,
  ]],
  [changed("byteorder", "big"), [
    RangeError,
    `Cannot read ${FILE} as its byteorder must be "little": found "big"`,
  ]],
  [changed("data.pkl", " ".repeat(2 ** 22 + 1)), [
    RangeError,
    `Cannot read "pytorch_model/data.pkl" in ${FILE} as it must be at most 4194304 bytes: found 4194305`,
  ]],
];

async function assertFaults(faults: readonly Fault[]): Promise<void> {
  for (const [bytes, error] of faults) {
    const source = new MemorySource(bytes);
    await assertErrorAsync(() => readTorchTensors(source), error);
    assert(source.largestReadBytes <= Math.max(bytes.length, 22));
  }
}

Deno.test("readTorchTensors() names the tensor, the rule and what is there", async () => {
  await assertFaults(TENSORS);
});

Deno.test("readTorchTensors() refuses other archives, and those of other versions", async () => {
  await assertFaults(ARCHIVES);
});

Deno.test("readTorchTensors() does without byteorder, which older versions leave out", async () => {
  await readTorchTensors(new MemorySource(changed("byteorder", null)));
});
