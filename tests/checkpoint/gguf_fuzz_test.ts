import { assertGreater, assertLessOrEqual } from "@std/assert";
import {
  openCheckpoint,
  resolveLlamaTensors,
} from "../../src/checkpoint/mod.ts";
import { readGgufHeader } from "../../src/checkpoint/gguf_header.ts";
import {
  createGgufChatTemplate,
  createGgufTokenizer,
} from "../../src/text/mod.ts";
import { ggufBytes, type GgufContent, type GgufValue } from "./_gguf_writer.ts";
import { ggufOfDirectory } from "./_gguf_model.ts";
import { assertLoaderError } from "./assert_loader_error.ts";
import { MemorySource } from "./memory_source.ts";
import { mutateBytes } from "./mutate.ts";
import { Random } from "./random.ts";
import { withDirectory, writeJson, writeTinyModel } from "./tiny_model.ts";

const STORIES = new URL("../../weights/stories260k", import.meta.url).pathname;
const NUM_BYTES_ROUNDS = 1400;
const NUM_METADATA_ROUNDS = 700;
const NUM_FILE_ROUNDS = 200;
/** Begins with the special ones and bytes. */
const NUM_TOKENS = 24;
/** Bytes of the tensors of a small file, each padded. */
const NUM_DATA_BYTES = 352;
const NASTY: readonly GgufValue[] = [
  ["u32", 0],
  ["u32", 2 ** 32 - 1],
  ["i32", -1],
  ["f32", Number.NaN],
  ["f32", Number.POSITIVE_INFINITY],
  ["f64", 1e300],
  ["u64", 2n ** 63n],
  ["bool", true],
  ["text", ""],
  ["text", "../x\n\u2028"],
  ["list", "text", []],
  ["list", "f32", [1, 2]],
  ["list", "u8", [0, 1, 2, 3]],
];

/** A file with all kinds of values and tensors, small enough for a mutation to hit what matters. */
async function smallContent(): Promise<GgufContent> {
  const { metadata = {} } = await ggufOfDirectory(STORIES);
  const short = Object.entries(metadata).map(([key, value]) => {
    if (value[0] !== "list") return [key, value] as const;
    return [key, ["list", value[1], value[2].slice(0, NUM_TOKENS)]] as const;
  });
  const tensor = (name: string, type: number, shape: readonly number[]) => ({
    ...{ name, type, shape },
    bytes: new Uint8Array((shape[0] ?? 1) * (type === 8 ? 34 : 64)),
  });
  return {
    metadata: Object.fromEntries(short),
    tensors: [
      tensor("token_embd.weight", 0, [3, 16]),
      tensor("output.weight", 8, [2, 32]),
      tensor("output_norm.weight", 1, [1, 32]),
    ],
  };
}

/** A whole tiny model. */
async function tinyContent(): Promise<GgufContent> {
  let content: GgufContent = {};
  await withDirectory(async (directory) => {
    await writeTinyModel(directory);
    const tokens = ["<unk>", "<s>", "</s>", ..."▁abcdef"];
    const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
    await writeJson(`${directory}/tokenizer.json`, { model: { vocab } });
    content = await ggufOfDirectory(directory);
  });
  return content;
}

/** Puts a length or an offset that lies where eight bytes of the header are. */
function lie(
  bytes: Uint8Array<ArrayBuffer>,
  random: Random,
  end: number,
): Uint8Array<ArrayBuffer> {
  const copy = bytes.slice();
  const lies = [0n, 1n, 2n ** 31n, 2n ** 32n, 2n ** 40n, 2n ** 53n];
  const value = random.pick([...lies, 2n ** 63n, 2n ** 64n - 1n]);
  new DataView(copy.buffer).setBigUint64(random.below(end - 8), value, true);
  return copy;
}

function mutateMetadata(content: GgufContent, random: Random): GgufContent {
  const entries = Object.entries(content.metadata ?? {});
  const [key, value] = random.pick(entries);
  const rest = entries.filter(([other]) => other !== key);
  const kept = Object.fromEntries(rest);
  switch (random.below(4)) {
    case 0:
      return { ...content, metadata: kept };
    case 1:
      return { ...content, metadata: { ...kept, [`${key}x`]: value } };
    case 2:
      return {
        ...content,
        metadata: { ...kept, [key]: random.pick(entries)[1] },
      };
    default:
      return { ...content, metadata: { ...kept, [key]: random.pick(NASTY) } };
  }
}

function refused(error: unknown): false {
  assertLoaderError(error);
  return false;
}

Deno.test("readGgufHeader() reads or refuses clearly 1,400 mutated files, and asks for no more than they hold", async () => {
  const content = await smallContent();
  const original = ggufBytes(content);
  const end = original.length - NUM_DATA_BYTES;
  let numRead = 0;
  for (let round = 0; round < NUM_BYTES_ROUNDS; round++) {
    const random = new Random(round);
    const bytes = round % 2 === 0
      ? mutateBytes(original, random, { end })
      : lie(original, random, end);
    const source = new MemorySource(bytes);
    try {
      const { tensors } = await readGgufHeader(source);
      for (const { startBytes, sizeBytes } of tensors.values()) {
        assertLessOrEqual(startBytes + sizeBytes, bytes.length);
      }
      numRead++;
    } catch (error) {
      if (error instanceof Error && error.name === "AssertionError") {
        throw error;
      }
      refused(error);
    }
    assertLessOrEqual(source.largestReadBytes, bytes.length);
  }
  assertGreater(numRead, 0);
  assertGreater(NUM_BYTES_ROUNDS, numRead);
});

Deno.test("createGgufTokenizer() makes one or refuses clearly after 700 mutations of metadata", async () => {
  const small = { ...await smallContent(), tensors: [] };
  let numMade = 0;
  for (let round = 0; round < NUM_METADATA_ROUNDS; round++) {
    const bytes = ggufBytes(mutateMetadata(small, new Random(round)));
    const { metadata } = await readGgufHeader(new MemorySource(bytes));
    try {
      createGgufTokenizer(metadata, "m.gguf").encode("Once upon");
      createGgufChatTemplate(metadata, "m.gguf");
      numMade++;
    } catch (error) {
      refused(error);
    }
  }
  assertGreater(numMade, 0);
  assertGreater(NUM_METADATA_ROUNDS, numMade);
});

Deno.test({
  name:
    "openCheckpoint() loads or refuses clearly a GGUF file after 200 mutations of metadata",
  sanitizeResources: true,
  fn: async () => {
    const content = await tinyContent();
    let numLoaded = 0;
    await withDirectory(async (directory) => {
      const file = `${directory}/model.gguf`;
      for (let round = 0; round < NUM_FILE_ROUNDS; round++) {
        const mutated = mutateMetadata(content, new Random(round));
        await Deno.writeFile(file, ggufBytes(mutated));
        try {
          using checkpoint = await openCheckpoint(file);
          resolveLlamaTensors(checkpoint);
          numLoaded++;
        } catch (error) {
          refused(error);
        }
      }
    });
    assertGreater(numLoaded, 0);
    assertGreater(NUM_FILE_ROUNDS, numLoaded);
  },
});
