import {
  assert,
  assertEquals,
  assertGreater,
  assertLessOrEqual,
} from "@std/assert";
import { writeSafetensors } from "../../src/checkpoint/mod.ts";
import { readSafetensorsHeader } from "../../src/checkpoint/safetensors.ts";
import { assertLoaderError } from "./assert_loader_error.ts";
import { MemorySource } from "./memory_source.ts";
import { mutateSafetensors } from "./mutate.ts";
import { type PlainTensor, readPlainly } from "./oracle.ts";
import { Random } from "./random.ts";
import { tinyTensors, withDirectory } from "./tiny_model.ts";

const NUM_FILES = 10_000;

async function readByLoader(
  source: MemorySource,
): Promise<ReadonlyMap<string, PlainTensor> | null> {
  try {
    const { tensors } = await readSafetensorsHeader(source);
    return new Map([...tensors].map(([name, entry]) => {
      const { dtype, shape, startBytes: start, sizeBytes } = entry;
      return [name, { dtype, shape, start, end: start + sizeBytes }];
    }));
  } catch (error) {
    assertLoaderError(error);
    return null;
  }
}

Deno.test("readSafetensorsHeader() accepts of 10,000 mutated files those that are valid, and only those", async () => {
  let originals: Uint8Array<ArrayBuffer>[] = [];
  await withDirectory(async (directory) => {
    const path = `${directory}/f`;
    for (const tensors of [tinyTensors().slice(0, 4), tinyTensors()]) {
      await writeSafetensors(path, tensors, { metadata: { format: "pt" } });
      originals = [...originals, await Deno.readFile(path)];
    }
  });
  const random = new Random(20260101);
  let numValid = 0;
  for (let round = 0; round < NUM_FILES; round++) {
    const bytes = mutateSafetensors(random.pick(originals), random);
    const source = new MemorySource(bytes);
    const expected = readPlainly(bytes);
    assertEquals(await readByLoader(source), expected, `file ${round}`);
    assertLessOrEqual(source.largestReadBytes, Math.max(8, bytes.length));
    if (expected !== null) numValid++;
  }
  // Names, texts, element types of one size and equal shapes can change without harm.
  assertGreater(numValid, NUM_FILES / 50);
  assert(numValid < NUM_FILES / 2);
});
