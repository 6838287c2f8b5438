import { assert, assertEquals } from "@std/assert";
import { readZipDirectory } from "../../src/checkpoint/zip_directory.ts";
import { assertErrorAsync } from "./assert_error.ts";
import { MemorySource } from "./memory_source.ts";
import { PYTHON_STATE_DICT } from "./python_state_dict.ts";
import { Random } from "./random.ts";
import { zipBytes, type ZipFile, type ZipOptions } from "./zip_writer.ts";

const random = new Random(5);
const FILES: readonly ZipFile[] = [
  { name: "m/data.pkl", bytes: random.bytes(100) },
  { name: "m/data/0", bytes: random.bytes(64) },
  { name: "m/data/1", bytes: random.bytes(0) },
  { name: "m/größe", bytes: random.bytes(3) },
];
const END_BYTES = 22;
const LOCATOR_BYTES = 20;

async function readContents(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Record<string, Uint8Array>> {
  const source = new MemorySource(bytes);
  const contents: Record<string, Uint8Array> = {};
  for (const [name, place] of await readZipDirectory(source)) {
    const { startBytes, sizeBytes } = place;
    contents[name] = bytes.slice(startBytes, startBytes + sizeBytes);
  }
  assert(source.largestReadBytes <= bytes.length);
  return contents;
}

Deno.test("readZipDirectory() finds contents as torch writes them, and as others do", async () => {
  const expected = Object.fromEntries(
    FILES.map(({ name, bytes }) => [name, bytes]),
  );
  const forms: readonly ZipOptions[] = [
    {},
    { isZip64: false },
    { isHuge: true },
    { alignBytes: 1 },
    { alignBytes: 4096 },
  ];
  for (const form of forms) {
    assertEquals(await readContents(zipBytes(FILES, form)), expected);
  }
  assertEquals(await readContents(zipBytes([])), {});
});

Deno.test("readZipDirectory() finds contents aligned as torch aligns them", async () => {
  for (const place of (await readZipDirectory(source(FILES))).values()) {
    assertEquals(place.startBytes % 64, 0);
  }
});

Deno.test("readZipDirectory() finds what Python's zipfile wrote", async () => {
  const contents = await readContents(PYTHON_STATE_DICT);
  assertEquals(Object.keys(contents).length, 9);
  assertEquals(contents["pytorch_model/data/4"], Uint8Array.of(1, 0, 1, 1));
});

function source(
  files: readonly ZipFile[],
  options: ZipOptions = {},
): MemorySource {
  return new MemorySource(zipBytes(files, options));
}

const lying = (lies: NonNullable<ZipFile["lies"]>): MemorySource =>
  source(FILES.map((file, index) => index === 1 ? { ...file, lies } : file));

/** Changes bytes, counted from the end where `offset` is negative. */
function patched(offset: number, ...values: number[]): MemorySource {
  const bytes = zipBytes(FILES);
  bytes.set(values, offset < 0 ? bytes.length + offset : offset);
  return new MemorySource(bytes);
}

const whole = zipBytes(FILES);
const directoryEnd = whole.length - END_BYTES - LOCATOR_BYTES - 56;
const FILE = '"model.safetensors"';

type Case = readonly [MemorySource, readonly [typeof TypeError, string]];
const REFUSED: readonly Case[] = [
  [new MemorySource(new Uint8Array(21)), [
    SyntaxError,
    `Cannot read ${FILE} as it must end with the end record of a zip: found other bytes`,
  ]],
  [new MemorySource(whole.slice(0, -1)), [
    SyntaxError,
    `Cannot read ${FILE} as it must end with the end record of a zip: found other bytes`,
  ]],
  [patched(-2, 1), [
    SyntaxError,
    `Cannot read ${FILE} as it must end with the end record of a zip: found other bytes`,
  ]],
  [patched(-END_BYTES - LOCATOR_BYTES + 8, 1, 0), [
    SyntaxError,
    `Cannot read ${FILE} as its ZIP64 record must be right before the locator of it: found other bytes`,
  ]],
  [patched(directoryEnd, 0x51), [
    SyntaxError,
    `Cannot read ${FILE} as its ZIP64 record must be right before the locator of it: found other bytes`,
  ]],
  [patched(-14, 3, 0, 3, 0), [
    RangeError,
    `Cannot read ${FILE} as its two end records must say the same: found 3 and 4`,
  ]],
  [source(FILES, { isZip64: false, lies: { disk: 1 } }), [
    RangeError,
    `Cannot read ${FILE} as it must be a zip of one part: found 4 of 4 entries in part 1`,
  ]],
  [source(FILES, { lies: { startBytes: 7 } }), [
    RangeError,
    `Cannot read ${FILE} as its directory must end at ${directoryEnd}: found 219 bytes from 7 on`,
  ]],
  [source(FILES, { isHuge: true, lies: { sizeBytes: 2 ** 60 } }), [
    RangeError,
    `Cannot read ${FILE} as its directory must end at ${
      zipBytes(FILES, { isHuge: true }).length - 98
    }: found ${2 ** 60} bytes from 467 on`,
  ]],
  [source(FILES, { isHuge: true, lies: { numEntries: 2 ** 40 } }), [
    RangeError,
    `Cannot read ${FILE} as its directory must be at most 16777216 bytes with 65536 entries: found 331 with ${
      2 ** 40
    }`,
  ]],
  [source(FILES, { lies: { numEntries: 5 } }), [
    SyntaxError,
    `Cannot read ${FILE} as its zip directory must hold a header for each entry: found other bytes`,
  ]],
  [source(FILES, { lies: { numEntries: 3 } }), [
    SyntaxError,
    `Cannot read ${FILE} as its zip directory must hold a header for each entry: found other bytes`,
  ]],
  [lying({ method: 8 }), [
    RangeError,
    `Cannot read "m/data/0" in ${FILE} as it must be stored uncompressed: found compression method 8`,
  ]],
  [lying({ flags: 0x809 }), [
    RangeError,
    `Cannot read "m/data/0" in ${FILE} as it must be stored openly: found flags 2057`,
  ]],
  [lying({ disk: 1 }), [
    RangeError,
    `Cannot read "m/data/0" in ${FILE} as it must be in the only part of the zip: found part 1`,
  ]],
  [lying({ sizeBytes: 65 }), [
    RangeError,
    `Cannot read "m/data/0" in ${FILE} as it must be stored in as many bytes as it has: found 64 for 65`,
  ]],
  [lying({ sizeBytes: 65e6, storedBytes: 65e6 }), [
    RangeError,
    `Cannot read "m/data/0" in ${FILE} as it must end before the next part, at 336: found 65000000 bytes from 256 on`,
  ]],
  [lying({ sizeBytes: 0xffffffff }), [
    SyntaxError,
    `Cannot read ${FILE} as its zip directory must hold a header for each entry: found other bytes`,
  ]],
  [lying({ startBytes: 1 }), [
    RangeError,
    `Cannot read "m/data.pkl" in ${FILE} as it must end before the next part, at 1: found 100 bytes from 64 on`,
  ]],
  [lying({ startBytes: 181 }), [
    SyntaxError,
    `Cannot read "m/data/0" in ${FILE} as its own header must be at 181: found other bytes`,
  ]],
  [lying({ startBytes: 1e9 }), [
    RangeError,
    `Cannot read ${FILE} as it must hold 38 bytes from 1000000000 on: found 0`,
  ]],
  [lying({ localName: "m/data/7" }), [
    SyntaxError,
    `Cannot read "m/data/0" in ${FILE} as its own header must be at 180: found other bytes`,
  ]],
  [source([...FILES, { name: "m/data/0", bytes: new Uint8Array() }]), [
    RangeError,
    `Cannot read "m/data/0" in ${FILE} as its name must be free: found it twice`,
  ]],
];

Deno.test("readZipDirectory() names the file, the rule and what is there", async () => {
  for (const [zip, error] of REFUSED) {
    await assertErrorAsync(() => readZipDirectory(zip), error);
    assert(zip.largestReadBytes <= Math.max(zip.sizeBytes, END_BYTES));
  }
});
