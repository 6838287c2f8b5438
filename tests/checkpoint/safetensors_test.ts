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

const IN_FILE = 'Cannot read "model.safetensors" as';

Deno.test("readSafetensorsHeader() refuses a length that does not fit the file, and allocates nothing for it", async () => {
  const text = new TextEncoder().encode("{}      ");
  for (const length of [0n, 1n, 9n, 2n ** 31n, 2n ** 53n, 2n ** 64n - 1n]) {
    const source = new MemorySource(
      joinSafetensors(text, new Uint8Array(), { length }),
    );
    await assertErrorAsync(() => readSafetensorsHeader(source), [
      RangeError,
      `${IN_FILE} its header must be 2 to 8 bytes: found ${length}`,
    ]);
    assertLessOrEqual(source.largestReadBytes, 8);
  }
  const source = new MemorySource(
    joinSafetensors(text, new Uint8Array(), { length: 100_000_001n }),
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
