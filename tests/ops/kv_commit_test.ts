import { assertEquals } from "@std/assert";
import { kvCommit } from "../../src/ops/mod.ts";
import { COMMITTED_WORDS } from "../reference/lib/committed.ts";
import { kvCommit as twin } from "../reference/kv_commit.ts";
import { MAX_PATH } from "../reference/lib/rows.ts";
import { openHarness } from "./_harness.ts";
import { elemArray, Random } from "./_random.ts";
import type { Elem } from "../../src/gpu/shader.ts";

const harness = await openHarness();

/** Commits on the device and by the twin, and compares the whole cache. */
async function assertCommits(
  random: Random,
  options: {
    readonly elem: Elem;
    readonly slotSize: number;
    readonly numParts: number;
    readonly numSlots: number;
    readonly base: number;
    readonly nodes: readonly number[];
  },
): Promise<void> {
  const { elem, slotSize, numParts, numSlots, base, nodes } = options;
  const partStride = numSlots * slotSize;
  const cache = random.uniform(elem, numParts * partStride);
  const committed = new Uint32Array(COMMITTED_WORDS);
  committed.set([nodes.length, base, ...nodes]);
  const buffer = harness.upload(cache);
  const op = kvCommit(harness.gpu, {
    committed: harness.upload(committed),
    cache: buffer,
    elem,
    numParts,
    slotSize,
    partStride,
  });
  await harness.run(() => op(1));
  twin({ committed, cache }, { SIZE: slotSize, STRIDE: partStride });
  const actual = elemArray(elem, new Float32Array(cache.length));
  assertEquals(
    await harness.read(buffer, actual),
    cache,
    JSON.stringify(options),
  );
}

/** @returns Ascending nodes, the root first, as a walk through a tree takes them. */
function randomWay(random: Random, length: number, numNodes: number): number[] {
  const others = Array.from({ length: numNodes - 1 }, (_, i) => i + 1);
  if (length === 0) return [];
  while (others.length > length - 1) {
    others.splice(random.below(others.length), 1);
  }
  return [0, ...others];
}

for (const elem of harness.elems) {
  Deno.test(`kvCommit() moves the walked nodes of every part, and nothing else, in ${elem}`, async () => {
    const random = new Random(1);
    for (
      const [slotSize, numParts] of [[4, 1], [8, 2], [260, 3], [
        192,
        60,
      ]] as const
    ) {
      for (const length of [0, 1, 2, 5, MAX_PATH]) {
        const numNodes = Math.max(length, 1) + random.below(30);
        const base = random.below(10);
        await assertCommits(random, {
          elem,
          slotSize,
          numParts,
          numSlots: base + numNodes + 3,
          base,
          nodes: randomWay(random, length, numNodes),
        });
      }
    }
  });
}

Deno.test("kvCommit() moves rows onto rows that are moved themselves", async () => {
  const random = new Random(2);
  const shape = {
    elem: "f32",
    slotSize: 8,
    numParts: 2,
    numSlots: 20,
  } as const;
  for (
    const nodes of [[0, 2, 3, 4], [0, 1, 3, 4, 5, 6], [0, 1, 2], [0, 9, 10]]
  ) {
    await assertCommits(random, { ...shape, base: 5, nodes });
  }
});
