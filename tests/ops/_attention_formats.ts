import { assertEquals } from "@std/assert";
import { attend, type AttentionKernel } from "./_attention.ts";
import type { CacheFormat } from "../../src/ops/mod.ts";
import {
  type CacheQ8Shape,
  readCacheQ8,
  slotBytes,
} from "../reference/lib/cache_q8.ts";
import { type ElemArray, elemArray, Random, widen } from "./_random.ts";
import type { Harness } from "./_harness.ts";
import { kvStore } from "../reference/kv_store.ts";
import { MAX_PATH, rowWords } from "../reference/lib/rows.ts";
import { randomTree } from "./_draft_tree_rows.ts";

/** Keys or values as a format stores them, and the numbers that these are. */
interface Stored {
  readonly words: ElemArray | Uint32Array<ArrayBuffer>;
  readonly numbers: Float32Array<ArrayBuffer>;
}

function storeAs(
  format: CacheFormat,
  values: Float32Array<ArrayBuffer>,
  shape: CacheQ8Shape,
): Stored {
  if (format !== "q8") {
    const words = elemArray(format, values);
    return { words, numbers: widen(words) };
  }
  const numSlots = values.length / (shape.NUM_KV_HEADS * shape.HEAD_DIM);
  const row = Array.from({ length: numSlots }, (_, position) => ({
    token: 0,
    position,
  }));
  const rows = rowWords({ row, firstLogitRow: 0 });
  const words = new Uint32Array(numSlots * slotBytes(shape) / 4);
  const other = words.slice();
  kvStore({ rows, keys: values, values, k: words, v: other }, shape);
  return { words, numbers: readCacheQ8(words, shape) };
}

/**
 * Registers that a kernel gives the same bits however the numbers that keys and values are were stored: what holds of f32
 * numbers then holds of all.
 *
 * @param harness Device.
 * @param kernel Which kernel.
 */
export function testCacheFormats(
  harness: Harness,
  kernel: AttentionKernel,
): void {
  for (const elem of harness.elems) {
    for (const format of [...harness.elems, "q8"] as const) {
      if (format === "f32") continue;
      Deno.test(`attention() in ${elem} reads keys and values in ${format} as the numbers that they are, as ${kernel}`, async () => {
        const random = new Random(10);
        for (
          const [H, G, E, window] of [
            [1, 1, 4, null],
            [8, 4, 8, 30],
            [9, 3, 64, null],
            [4, 1, 80, 70],
            [2, 1, 256, null],
          ] as const
        ) {
          const length = 75;
          const numNodes = 20;
          const tree = { numNodes, length, vocabSize: 99, maxPath: MAX_PATH };
          const { row } = randomTree(random, tree);
          const shape = { NUM_KV_HEADS: G, HEAD_DIM: E };
          const [k, v] = [4, 1].map((scale) => {
            const count = (length + numNodes) * G * E;
            return storeAs(format, random.normals(count, scale), shape);
          }) as [Stored, Stored];
          const pass = {
            ...{
              kernel,
              elem,
              H,
              G,
              E,
              row,
              q: random.uniform(elem, numNodes * H * E),
            },
            ...window === null ? {} : { window },
          };
          const actual = await attend(harness, {
            ...pass,
            cacheFormat: format,
            k: k.words,
            v: v.words,
          });
          const expected = await attend(harness, {
            ...pass,
            cacheFormat: "f32",
            k: k.numbers,
            v: v.numbers,
          });
          assertEquals(actual, expected, `H ${H}, G ${G}, E ${E}`);
        }
      });
    }
  }
}
