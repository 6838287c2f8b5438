import { assertEquals, assertRejects } from "@std/assert";
import { readGgufHeader } from "../../src/checkpoint/gguf_header.ts";
import {
  ggufBytes,
  type GgufContent,
  type GgufTensor,
} from "./_gguf_writer.ts";
import { MemorySource } from "./memory_source.ts";

const EVERY_VALUE: GgufContent["metadata"] = {
  u8: ["u8", 255],
  i8: ["i8", -128],
  u16: ["u16", 65535],
  i16: ["i16", -32768],
  u32: ["u32", 2 ** 32 - 1],
  i32: ["i32", -(2 ** 31)],
  f32: ["f32", 0.5],
  f64: ["f64", 0.1],
  u64: ["u64", 2n ** 53n - 1n],
  i64: ["i64", -(2n ** 40n)],
  bool: ["bool", true],
  text: ["text", "\ufeffĠé日本😀"],
  texts: ["list", "text", ["a", "", "Ġb"]],
  lists: ["list", "list", [["u8", [1, 2]], ["text", ["x"]]]],
};

function tensor(
  name: string,
  type: number,
  [shape, sizeBytes]: readonly [readonly number[], number],
): GgufTensor {
  return { name, type, shape, bytes: new Uint8Array(sizeBytes) };
}

function read(content: GgufContent) {
  return readGgufHeader(new MemorySource(ggufBytes(content)));
}

for (const version of [2, 3]) {
  Deno.test(`readGgufHeader() reads values of every type in version ${version}`, async () => {
    const { metadata } = await read({ version, metadata: EVERY_VALUE });
    assertEquals(Object.fromEntries(metadata), {
      u8: 255,
      i8: -128,
      u16: 65535,
      i16: -32768,
      u32: 2 ** 32 - 1,
      i32: -(2 ** 31),
      f32: 0.5,
      f64: 0.1,
      u64: 2 ** 53 - 1,
      i64: -(2 ** 40),
      bool: true,
      text: "\ufeffĠé日本😀",
      texts: ["a", "", "Ġb"],
      lists: [[1, 2], ["x"]],
    });
  });
}

Deno.test("readGgufHeader() finds tensors of every type, aligned as the file says, and their shapes outermost first", async () => {
  const tensors = [
    tensor("a", 0, [[3, 2], 24]),
    tensor("b", 1, [[5], 10]),
    tensor("c", 30, [[], 2]),
    tensor("d", 8, [[2, 64], 4 * 34]),
    tensor("e", 2, [[1, 32], 18]),
    tensor("f", 14, [[2, 256], 420]),
    tensor("g", 12, [[256], 144]),
  ];
  for (const alignment of [8, 32, 64]) {
    const metadata = { "general.alignment": ["u32", alignment] } as const;
    const bytes = ggufBytes({ tensors, alignment, metadata });
    const header = await readGgufHeader(new MemorySource(bytes));
    const found = [...header.tensors.values()];
    assertEquals(
      found.map(({ name, dtype, shape, sizeBytes }) =>
        `${name} ${dtype} [${shape}] ${sizeBytes}`
      ),
      [
        "a F32 [3,2] 24",
        "b F16 [5] 10",
        "c BF16 [] 2",
        "d Q8_0 [2,64] 136",
        "e Q4_0 [1,32] 18",
        "f Q6_K [2,256] 420",
        "g Q4_K [256] 144",
      ],
    );
    assertEquals(
      found.every(({ startBytes }) => startBytes % alignment === 0),
      true,
    );
    const last = found.at(-1);
    const end = (last?.startBytes ?? 0) + (last?.sizeBytes ?? 0);
    assertEquals(Math.ceil(end / alignment) * alignment, bytes.length);
  }
});

Deno.test("readGgufHeader() reads a header longer than the first part that it asks for", async () => {
  const texts = Array.from(
    { length: 3000 },
    (_, id) => `${id} ${"é".repeat(400)}`,
  );
  const { metadata } = await read({
    metadata: { texts: ["list", "text", texts], after: ["u8", 7] },
  });
  assertEquals(metadata.get("texts"), texts);
  assertEquals(metadata.get("after"), 7);
});

const key = { key: ["u8", 1] } as const;
const WRONG: readonly (readonly [GgufContent, RegExp])[] = [
  [{ version: 1 }, /its version must be 2 or 3, little-endian: found 1 /],
  [
    { version: 3 << 24 },
    /its version must be 2 or 3, little-endian: found 50331648 /,
  ],
  [
    { metadata: { "general.alignment": ["u32", 24] } },
    /"general.alignment" must be a power of two: found 24/,
  ],
  [
    { tensors: [tensor("w", 16, [[1, 256], 66])], metadata: key },
    /"w" in "model.safetensors" as its type must be one of F32, F16, BF16, Q4_0, .*Q6_K: found IQ2_XXS/,
  ],
  [{ tensors: [tensor("w", 99, [[1], 4])] }, /found type 99/],
  [
    { tensors: [tensor("w", 8, [[2, 48], 102])] },
    /whole blocks of Q8_0, .*: found \[2, 48\]/,
  ],
  [
    { tensors: [tensor("w", 0, [[1, 1, 1, 1, 1], 4])] },
    /at most 4 axes: found 5/,
  ],
  [
    { tensors: [tensor("w", 0, [[2], 8]), tensor("w", 0, [[2], 8])] },
    /its name must be its own/,
  ],
  [
    { tensors: [tensor("w", 0, [[2], 40]), tensor("v", 0, [[2], 8])] },
    /"v" in .* must start where the tensor before it ends, at offset 32: found offset 64/,
  ],
  [
    { tensors: [tensor("w", 0, [[2, 64], 8])] },
    /"w" in .* must hold its 512 bytes/,
  ],
  [
    { tensors: [tensor("w", 0, [[2 ** 40, 2 ** 40], 8])] },
    /fewer than 2\^53 bytes: found \[1099511627776, 1099511627776\]/,
  ],
];

Deno.test("readGgufHeader() says what is wrong with a file", async () => {
  for (const [content, message] of WRONG) {
    const error = await assertRejects(() => read(content), Error, "Cannot ");
    assertEquals([error.message, message.test(error.message)], [
      error.message,
      true,
    ]);
  }
});

Deno.test("readGgufHeader() refuses other files, texts that are not UTF-8, and a file that ends early", async () => {
  const bytes = ggufBytes({ metadata: { name: ["text", "abcd"] } });
  const other = bytes.slice();
  other[0] = 0x50;
  await assertRejects(
    () => readGgufHeader(new MemorySource(other)),
    SyntaxError,
    'as it must begin with "GGUF": found 0x46554750',
  );
  const broken = bytes.slice();
  const at = bytes.findLastIndex((byte) => byte === 0x61);
  broken[at] = 0xff;
  await assertRejects(
    () => readGgufHeader(new MemorySource(broken)),
    SyntaxError,
    "as its texts must be UTF-8",
  );
  for (let length = 0; length < at + 4; length++) {
    const source = new MemorySource(bytes.slice(0, length));
    await assertRejects(
      () => readGgufHeader(source),
      RangeError,
      "Cannot read",
    );
  }
});
