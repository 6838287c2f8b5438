import { assertEquals, assertLessOrEqual } from "@std/assert";
import {
  readSafetensorsHeader,
  type SafetensorsHeader,
} from "../../src/checkpoint/safetensors.ts";
import { assertErrorAsync } from "./assert_error.ts";
import { MemorySource } from "./memory_source.ts";
import { joinSafetensors, safetensorsBytes } from "./safetensors_bytes.ts";

function read(header: unknown, numDataBytes = 0): Promise<SafetensorsHeader> {
  const source = new MemorySource(safetensorsBytes(header, numDataBytes));
  return readSafetensorsHeader(source);
}

const tensor = (
  shape: unknown,
  offsets: unknown,
  dtype: unknown = "F32",
): unknown => ({ dtype, shape, data_offsets: offsets });

Deno.test("readSafetensorsHeader() finds every tensor, in the header's order", async () => {
  const header = {
    __metadata__: { format: "pt" },
    b: tensor([2, 3], [4, 28]),
    a: tensor([2], [0, 4], "BF16"),
    "": tensor([], [28, 32]),
  };
  const { tensors, metadata } = await read(header, 32);
  const start = 8 + JSON.stringify(header).length;
  const file = "model.safetensors";
  assertEquals([...tensors.values()], [
    {
      name: "b",
      file,
      dtype: "F32",
      shape: [2, 3],
      startBytes: start + 4,
      sizeBytes: 24,
    },
    {
      name: "a",
      file,
      dtype: "BF16",
      shape: [2],
      startBytes: start,
      sizeBytes: 4,
    },
    {
      name: "",
      file,
      dtype: "F32",
      shape: [],
      startBytes: start + 28,
      sizeBytes: 4,
    },
  ]);
  assertEquals([...metadata], [["format", "pt"]]);
});

Deno.test("readSafetensorsHeader() knows every element type of the format", async () => {
  const bits: Readonly<Record<string, number>> = {
    BOOL: 8,
    F4: 4,
    F6_E2M3: 6,
    F6_E3M2: 6,
    U8: 8,
    I8: 8,
    F8_E5M2: 8,
    F8_E4M3: 8,
    F8_E8M0: 8,
    F8_E4M3FNUZ: 8,
    F8_E5M2FNUZ: 8,
    I16: 16,
    U16: 16,
    F16: 16,
    BF16: 16,
    I32: 32,
    U32: 32,
    F32: 32,
    C64: 64,
    F64: 64,
    I64: 64,
    U64: 64,
  };
  for (const [dtype, size] of Object.entries(bits)) {
    const { tensors } = await read({ a: tensor([8], [0, size], dtype) }, size);
    assertEquals(tensors.get("a")?.sizeBytes, size);
  }
});

Deno.test("readSafetensorsHeader() accepts what the format allows", async () => {
  assertEquals((await read("{}")).tensors.size, 0);
  assertEquals((await read("{}   \n")).tensors.size, 0);
  const empty = { a: tensor([0, 5], [0, 0]), b: tensor([2], [0, 8]) };
  assertEquals((await read(empty, 8)).tensors.size, 2);
  const proto = '{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}';
  assertEquals((await read(proto, 1)).tensors.has("__proto__"), true);
});

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

Deno.test("readSafetensorsHeader() refuses a length that does not fit the file, and allocates nothing for it", async () => {
  const text = new TextEncoder().encode("{}      ");
  for (const length of [0n, 1n, 9n, 2n ** 31n, 2n ** 53n, 2n ** 64n - 1n]) {
    const source = new MemorySource(
      joinSafetensors(text, new Uint8Array(), length),
    );
    await assertErrorAsync(() => readSafetensorsHeader(source), [
      RangeError,
      `${IN_FILE} its header must be 2 to 8 bytes: found ${length}`,
    ]);
    assertLessOrEqual(source.largestReadBytes, 8);
  }
  const source = new MemorySource(
    joinSafetensors(text, new Uint8Array(), 100_000_001n),
    2 ** 40,
  );
  await assertErrorAsync(() => readSafetensorsHeader(source), [
    RangeError,
    `${IN_FILE} its header must be 2 to 100000000 bytes: found 100000001`,
  ]);
});

Deno.test("readSafetensorsHeader() refuses a file that ends early", async () => {
  for (let size = 0; size < 8; size++) {
    const source = new MemorySource(new Uint8Array(size));
    await assertErrorAsync(() => readSafetensorsHeader(source), [
      RangeError,
      `${IN_FILE} it must begin with 8 bytes of header length: found ${size} bytes`,
    ]);
  }
  const bytes = safetensorsBytes("{}      ");
  const source = new MemorySource(bytes.slice(0, 12), 16);
  await assertErrorAsync(() => readSafetensorsHeader(source), [
    RangeError,
    `${IN_FILE} it must hold 8 bytes from 8 on: found 4`,
  ]);
});

Deno.test("readSafetensorsHeader() refuses text that is not UTF-8", async () => {
  const header = Uint8Array.of(0x7b, 0xff, 0x7d);
  const source = new MemorySource(joinSafetensors(header, new Uint8Array()));
  await assertErrorAsync(() => readSafetensorsHeader(source), [
    SyntaxError,
    `${IN_FILE} its text must be UTF-8: found other bytes`,
  ]);
});
