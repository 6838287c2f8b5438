import {
  readSafetensorsHeader,
  type SafetensorsHeader,
} from "../../src/checkpoint/safetensors.ts";
import { assertErrorAsync } from "./assert_error.ts";
import { MemorySource } from "./memory_source.ts";
import { safetensorsBytes } from "./safetensors_bytes.ts";

function read(header: unknown, numDataBytes = 0): Promise<SafetensorsHeader> {
  const source = new MemorySource(safetensorsBytes(header, numDataBytes));
  return readSafetensorsHeader(source);
}

const tensor = (
  shape: unknown,
  offsets: unknown,
  dtype: unknown = "F32",
): unknown => ({ dtype, shape, data_offsets: offsets });

const IN_A = 'Cannot read "a" in "model.safetensors" as';
const IN_FILE = 'Cannot read "model.safetensors" as';
const DTYPES =
  "BOOL, F4, F6_E2M3, F6_E3M2, U8, I8, F8_E5M2, F8_E4M3, F8_E8M0, F8_E4M3FNUZ, F8_E5M2FNUZ, I16, U16, F16, BF16, I32, U32, F32, C64, F64, I64, U64";

type Case = readonly [
  header: unknown,
  numDataBytes: number,
  error: readonly [typeof TypeError, string],
];
const REFUSED: readonly Case[] = [
  [" {}", 0, [
    SyntaxError,
    `${IN_FILE} its header must begin with "{": found " "`,
  ]],
  ["{ ", 0, [
    SyntaxError,
    `${IN_FILE} it must be JSON with a key next: found the end of the file at offset 2`,
  ]],
  ['{"a":[[[[', 0, [
    SyntaxError,
    `${IN_FILE} it must nest at most 3 deep: found more at offset 7`,
  ]],
  ['{"a":{"shape":[1.0]}}', 0, [
    SyntaxError,
    `${IN_FILE} its numbers must be integers: found "1.0" at offset 15`,
  ]],
  ['{"a":{},"a":{}}', 0, [
    SyntaxError,
    `${IN_FILE} every key must appear once: found "a" again at offset 11`,
  ]],
  ['{"a":{"dtype":"F32","dtype":"F16"}}', 0, [
    SyntaxError,
    `${IN_FILE} every key must appear once: found "dtype" again at offset 27`,
  ]],
  [{ a: 5 }, 0, [TypeError, `${IN_A} it must be an object: found 5`]],
  [{ a: tensor([1], [0, 4], "F31") }, 4, [
    TypeError,
    `${IN_A} its dtype must be one of ${DTYPES}: found "F31"`,
  ]],
  [{ a: tensor([1], [0, 4], "toString") }, 4, [
    TypeError,
    `${IN_A} its dtype must be one of ${DTYPES}: found "toString"`,
  ]],
  [{ a: { shape: [1], data_offsets: [0, 4] } }, 4, [
    TypeError,
    `${IN_A} its dtype must be one of ${DTYPES}: found nothing`,
  ]],
  [{ a: tensor([-1], [0, 4]) }, 4, [
    TypeError,
    `${IN_A} its shape must be a list of sizes: found [-1]`,
  ]],
  [{ a: tensor([2 ** 53], [0, 4]) }, 4, [
    TypeError,
    `${IN_A} its shape must be a list of sizes: found [9007199254740992]`,
  ]],
  [{ a: tensor({ 0: 1 }, [0, 4]) }, 4, [
    TypeError,
    `${IN_A} its shape must be a list of sizes: found an object`,
  ]],
  [{ a: tensor(["1"], [0, 4]) }, 4, [
    TypeError,
    `${IN_A} its shape must be a list of sizes: found ["1"]`,
  ]],
  [{ a: tensor([1], [0]) }, 4, [
    TypeError,
    `${IN_A} its data_offsets must be two sizes: found [0]`,
  ]],
  [{ a: tensor([1], [0, 4, 8]) }, 4, [
    TypeError,
    `${IN_A} its data_offsets must be two sizes: found [0, 4, 8]`,
  ]],
  [{ a: tensor([1], [-4, 0]) }, 4, [
    TypeError,
    `${IN_A} its data_offsets must be two sizes: found [-4, 0]`,
  ]],
  [{ a: { ...Object(tensor([1], [0, 4])), strides: [1] } }, 4, [
    TypeError,
    `${IN_A} it must have only dtype, shape, data_offsets: found "strides"`,
  ]],
  [{ a: tensor([3], [0, 4]) }, 4, [
    RangeError,
    `${IN_A} F32 [3] must take 12 bytes: found data_offsets [0, 4]`,
  ]],
  [{ a: tensor([1], [4, 0]) }, 4, [
    RangeError,
    `${IN_A} F32 [1] must take 4 bytes: found data_offsets [4, 0]`,
  ]],
  [{ a: tensor([3], [0, 2], "F4") }, 2, [
    RangeError,
    `${IN_A} F4 [3] must take whole bytes, fewer than 2^50: found data_offsets [0, 2]`,
  ]],
  [{ a: tensor([2 ** 30, 2 ** 30], [0, 4]) }, 4, [
    RangeError,
    `${IN_A} F32 [1073741824, 1073741824] must take whole bytes, fewer than 2^50: found data_offsets [0, 4]`,
  ]],
  [{ b: tensor([1], [0, 4]), a: tensor([1], [2, 6]) }, 6, [
    RangeError,
    `${IN_A} it must start where the tensor before it ends, at offset 4: found offset 2`,
  ]],
  [{ b: tensor([1], [0, 4]), a: tensor([1], [8, 12]) }, 12, [
    RangeError,
    `${IN_A} it must start where the tensor before it ends, at offset 4: found offset 8`,
  ]],
  [{ a: tensor([1], [4, 8]) }, 8, [
    RangeError,
    `${IN_A} it must start where the tensor before it ends, at offset 0: found offset 4`,
  ]],
  [{ a: tensor([1], [0, 4]) }, 3, [
    RangeError,
    `${IN_FILE} it must end with its last tensor, at 66 bytes: found 65 bytes`,
  ]],
  [{ a: tensor([1], [0, 4]) }, 5, [
    RangeError,
    `${IN_FILE} it must end with its last tensor, at 66 bytes: found 67 bytes`,
  ]],
  [{ __metadata__: [] }, 0, [
    TypeError,
    'Cannot read "__metadata__" in "model.safetensors" as it must be an object of texts: found []',
  ]],
  [{ __metadata__: { step: 1 } }, 0, [
    TypeError,
    'Cannot read "__metadata__" in "model.safetensors" as "step" must be a text: found 1',
  ]],
];

Deno.test("readSafetensorsHeader() says what is wrong with a header", async () => {
  for (const [header, numDataBytes, error] of REFUSED) {
    await assertErrorAsync(() => read(header, numDataBytes), error);
  }
});
