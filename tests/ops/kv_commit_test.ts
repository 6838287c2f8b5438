import { assertEquals } from "@std/assert";
import { kvCommit } from "../../src/ops/mod.ts";
import { COMMITTED_WORDS } from "../reference/lib/committed.ts";
import { kvCommit as twin } from "../reference/kv_commit.ts";
import { MAX_PATH } from "../reference/lib/rows.ts";
import { openHarness } from "./_harness.ts";
import { Random } from "./_random.ts";

const harness = await openHarness();

/** Commits on the device and by the twin, and compares the whole cache. */
async function assertCommits(
  random: Random,
  options: {
    readonly slotBytes: number;
    readonly numParts: number;
    readonly numSlots: number;
    readonly base: number;
    readonly nodes: readonly number[];
  },
): Promise<void> {
  const { slotBytes, numParts, numSlots, base, nodes } = options;
  const partBytes = numSlots * slotBytes;
  // Any bits: those of f32 and f16 numbers and of integers, of NaN and subnormal ones.
  const cache = Uint32Array.from(
    { length: numParts * partBytes / 4 },
    () => random.below(2 ** 32),
  );
  const committed = new Uint32Array(COMMITTED_WORDS);
  committed.set([nodes.length, base, ...nodes]);
  const buffer = harness.upload(cache);
  const op = kvCommit(harness.gpu, {
    committed: harness.upload(committed),
    cache: buffer,
    numParts,
    slotBytes,
    partBytes,
  });
  await harness.run(() => op(1));
  twin({ committed, cache }, { SIZE: slotBytes / 4, STRIDE: partBytes / 4 });
  const actual = new Uint32Array(cache.length);
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

Deno.test("kvCommit() moves the walked nodes of every part, and nothing else", async () => {
  const random = new Random(1);
  for (
    const [slotBytes, numParts] of [
      [8, 1],
      [16, 2],
      [520, 3],
      [1040, 3],
      [768, 60],
    ] as const
  ) {
    for (const length of [0, 1, 2, 5, MAX_PATH]) {
      const numNodes = Math.max(length, 1) + random.below(30);
      const base = random.below(10);
      await assertCommits(random, {
        slotBytes,
        numParts,
        numSlots: base + numNodes + 3,
        base,
        nodes: randomWay(random, length, numNodes),
      });
    }
  }
});

Deno.test("kvCommit() moves rows onto rows that are moved themselves", async () => {
  const random = new Random(2);
  const shape = {
    slotBytes: 32,
    numParts: 2,
    numSlots: 20,
  } as const;
  for (
    const nodes of [[0, 2, 3, 4], [0, 1, 3, 4, 5, 6], [0, 1, 2], [0, 9, 10]]
  ) {
    await assertCommits(random, { ...shape, base: 5, nodes });
  }
});
