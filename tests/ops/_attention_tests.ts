import { assert, assertEquals } from "@std/assert";
import { MAX_PATH, type Row, slotOf } from "../reference/lib/rows.ts";
import {
  assertAttends,
  attend,
  type AttentionKernel,
  bindAttention,
} from "./_attention.ts";
import { randomTree } from "./_draft_tree_rows.ts";
import type { Harness } from "./_harness.ts";
import { elemArray, Random } from "./_random.ts";
import { assertRowInvariant, TABLE_BYTES } from "./_row_invariance.ts";

// Numbers of keys beside the borders of the kernel's blocks of 64.
const CONTEXTS = [1, 2, 63, 64, 65, 130, 300];

/** Nodes of a random tree behind a context. */
function treeRows(
  random: Random,
  length: number,
  numNodes: number,
): readonly Row[] {
  const shape = { numNodes, length, vocabSize: 1000, maxPath: MAX_PATH };
  return randomTree(random, shape).row;
}

const EMPTY = {
  token: 0,
  position: 0,
  slot: 0,
  hiddenRow: 0,
  base: 0,
  path: [],
};

/**
 * Registers what holds for every kernel that attends.
 *
 * @param harness Device.
 * @param kernel Which of them.
 */
export function testAttention(
  harness: Harness,
  kernel: AttentionKernel,
): void {
  for (const elem of harness.elems) {
    const how = `as ${kernel} in ${elem}`;

    Deno.test(`attention() equals its twin for every head size and ratio of heads, ${how}`, async () => {
      const random = new Random(1);
      for (
        const [H, G, E] of [
          [1, 1, 4],
          [8, 4, 8],
          [3, 3, 12],
          [9, 3, 64],
          [4, 1, 80],
          [2, 2, 96],
          [6, 2, 128],
          [2, 1, 256],
        ] as const
      ) {
        await assertAttends(harness, random, {
          kernel,
          elem,
          H,
          G,
          E,
          row: CONTEXTS.map((n) => ({ token: 0, position: n - 1 })),
          numSlots: Math.max(...CONTEXTS),
        });
      }
    });

    Deno.test(`attention() equals its twin where single keys take all the weight, ${how}`, async () => {
      await assertAttends(harness, new Random(2), {
        kernel,
        elem,
        H: 4,
        G: 2,
        E: 64,
        row: CONTEXTS.map((n) => ({ token: 0, position: n - 1 })),
        numSlots: Math.max(...CONTEXTS),
        scale: 20,
      });
    });

    Deno.test(`attention() equals its twin on trees behind every length of context, ${how}`, async () => {
      const random = new Random(3);
      for (const length of [0, 1, 53, 60, 64, 130]) {
        await assertAttends(harness, random, {
          kernel,
          elem,
          H: 4,
          G: 2,
          E: 16,
          row: treeRows(random, length, 40),
          numSlots: length + 40,
        });
      }
    });

    Deno.test(`attention() equals its twin through every window, with a scale and a soft cap of its own, ${how}`, async () => {
      const random = new Random(9);
      for (const window of [1, 5, 63, 64, 65, 100, 1000]) {
        const shape = { kernel, elem, H: 4, G: 2, E: 8, window };
        await assertAttends(harness, random, {
          ...shape,
          row: CONTEXTS.map((n) => ({ token: 0, position: n - 1 })),
          numSlots: Math.max(...CONTEXTS),
        });
        await assertAttends(harness, random, {
          ...shape,
          factor: 0.2,
          softCap: 0.7,
          scale: 3,
          row: treeRows(random, 70, 40),
          numSlots: 110,
        });
      }
    });

    Deno.test(`attention() gives a tree's node bit for bit what its keys give in a line, ${how}`, async () => {
      const [H, G, E, numNodes] = [4, 2, 16, 64];
      const random = new Random(4);
      const changes = { factor: 0.3, softCap: 1.5, window: 61 };
      for (
        const [length, changed] of [
          ...[0, 1, 58, 64, 200].map((length) => [length, {}] as const),
          ...[58, 64, 200].map((length) => [length, changes] as const),
        ]
      ) {
        const row = treeRows(random, length, numNodes);
        const q = random.uniform(elem, numNodes * H * E, 3);
        const k = random.uniform(elem, (length + numNodes) * G * E);
        const v = random.uniform(elem, (length + numNodes) * G * E);
        const shape = { kernel, elem, H, G, E, ...changed };
        const tree = await attend(harness, { ...shape, row, q, k, v });
        const deepest = [...row.keys()]
          .sort((a, b) => (row[b]?.position ?? 0) - (row[a]?.position ?? 0))
          .slice(0, 3);
        for (const node of [0, numNodes - 1, ...deepest]) {
          const { position = 0, path = [] } = row[node] ?? {};
          const full = { ...EMPTY, base: length, path };
          const inLine = (cache: typeof k): typeof k => {
            const line = elemArray(elem, new Float32Array(cache.length));
            for (let p = 0; p <= position; p++) {
              const from = slotOf(full, p) * G * E;
              line.set(cache.subarray(from, from + G * E), p * G * E);
            }
            return line;
          };
          const alone = await attend(harness, {
            ...shape,
            row: [{ token: 0, position }],
            q: q.slice(node * H * E, (node + 1) * H * E),
            k: inLine(k),
            v: inLine(v),
          });
          const inTree = tree.subarray(node * H * E, (node + 1) * H * E);
          assertEquals(alone, inTree, `${length} keys, then node ${node}`);
        }
      }
    });

    Deno.test(`attention() keeps sequences apart that share a cache, ${how}`, async () => {
      const random = new Random(8);
      for (const sequenceSlots of [1, 5, 64, 130]) {
        const row = [2, 0, 1, 2].map((sequence) => {
          const position = random.below(sequenceSlots);
          const slot = sequence * sequenceSlots + position;
          return { token: 0, position, slot };
        });
        await assertAttends(harness, random, {
          kernel,
          elem,
          H: 4,
          G: 2,
          E: 8,
          row,
          numSlots: 3 * sequenceSlots,
          sequenceSlots,
        });
      }
    });

    Deno.test(`attention() computes a row bit for bit as it does alone, ${how}`, async () => {
      for (
        const [E, changes] of [
          [8, {}],
          [64, {}],
          [80, {}],
          [8, { scale: 0.3, softCap: 1.5, window: 70 }],
        ] as const
      ) {
        const [H, G, S] = [4, 2, 200];
        const random = new Random(5);
        const rows = harness.empty(TABLE_BYTES);
        const q = harness.empty(64 * H * E * 4);
        const out = harness.empty(64 * H * E * 4);
        const op = bindAttention(harness, kernel, {
          maxRows: 64,
          rows,
          q,
          k: harness.upload(random.uniform(elem, S * G * E)),
          v: harness.upload(random.uniform(elem, S * G * E)),
          out,
          elem,
          shape: { numHeads: H, numKvHeads: G, headDim: E },
          contextLength: S,
          ...changes,
        });
        // Half of them rows of a sequence, half of them nodes of a tree.
        const tree = treeRows(random, S - 32, 32);
        const sequence = Array.from({ length: 32 }, () => ({
          token: 0,
          position: random.below(S),
        }));
        await assertRowInvariant(harness, {
          rows,
          row: [...tree, ...sequence],
          inputs: [{ buffer: q, values: random.uniform(elem, 64 * H * E, 3) }],
          outputs: [{
            buffer: out,
            rowBytes: H * E * (elem === "f16" ? 2 : 4),
          }],
        }, { op });
      }
    });
  }

  Deno.test(`attention() walks all keys of a long context, as ${kernel}`, async () => {
    // Adapters that run on a CPU end a thread's loops after some 65,000 iterations: close to as many as the op
    // gives each kernel.
    const lengths = kernel === "attention_serial"
      ? [[1800, 64], [11_900, 8]] as const
      : [[70_000, 64], [70_000, 8]] as const;
    for (const [numKeys, E] of lengths) {
      await assertAttends(harness, new Random(7), {
        kernel,
        elem: "f32",
        H: 1,
        G: 1,
        E,
        row: [{ token: 0, position: numKeys - 1 }],
        numSlots: numKeys,
      });
    }
  });

  Deno.test(`attention() never reads a key after the row's position, or beside its path, as ${kernel}`, async () => {
    const [E, S] = [8, 80];
    const random = new Random(6);
    const shape = { kernel, elem: "f32", H: 1, G: 1, E } as const;
    for (
      const row of [
        { token: 0, position: 0 },
        { token: 0, position: 63 },
        { token: 0, position: 64 },
        { token: 0, position: 62, base: 60, path: [60, 77, 79] },
        { token: 0, position: 66, base: 62, path: [62, 64, 65, 70, 71] },
      ]
    ) {
      const full = { ...EMPTY, base: row.position + 1, ...row };
      const k = new Float32Array(S * E).fill(NaN);
      for (let p = 0; p <= row.position; p++) {
        k.set(random.uniform("f32", E), slotOf(full, p) * E);
      }
      const q = random.uniform("f32", E);
      const out = await attend(harness, { ...shape, row: [row], q, k, v: k });
      assert(!out.some(Number.isNaN), JSON.stringify(row));
      for (const window of [1, 3, 20, 63]) {
        const windowed = k.slice();
        for (let p = 0; p <= row.position - window; p++) {
          windowed.fill(NaN, slotOf(full, p) * E, (slotOf(full, p) + 1) * E);
        }
        const pass = { ...shape, row: [row], q, k: windowed, v: windowed };
        const seen = await attend(harness, { ...pass, window });
        assert(!seen.some(Number.isNaN), `${JSON.stringify(row)}, ${window}`);
      }
    }
  });
}
