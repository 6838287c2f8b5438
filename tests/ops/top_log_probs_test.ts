import { assertEquals } from "@std/assert";
import {
  MAX_TOP_LOG_PROBS,
  TOP_LOG_PROBS_BYTES,
  topLogProbs,
} from "../../src/ops/mod.ts";
import { COMMITTED_WORDS } from "../reference/lib/committed.ts";
import { readCandidates } from "../reference/lib/tree.ts";
import { topLogProbs as twin } from "../reference/top_log_probs.ts";
import { assertClose } from "./_close.ts";
import { openHarness, testBothCuts } from "./_harness.ts";
import { Random } from "./_random.ts";

const harness = await openHarness();

/** Bounds how far a log probability may be off, as for `log_prob`. */
function tolerance(V: number, size: number): number {
  const units = 4 * size + 3 + 4 * size + 256 + V / 256 + 8 + 3 * Math.log(V);
  return units * 2 ** -24;
}

/** Lists on the device and by the twin, and compares all positions. */
async function assertEqualsTwin(options: {
  readonly logits: Float32Array<ArrayBuffer>;
  readonly V: number;
  readonly TOP: number;
  readonly length: number;
  readonly nodes: readonly number[];
}): Promise<void> {
  const { logits, V, TOP, length, nodes } = options;
  const contextLength = 40;
  const state = new Uint32Array(8);
  state[0] = length;
  const committed = new Uint32Array(COMMITTED_WORDS);
  // The base plays no part.
  committed.set([nodes.length, 12345, ...nodes]);
  const untouched = new Uint32Array(
    (contextLength + 1) * TOP_LOG_PROBS_BYTES / 4,
  ).fill(7);
  const top = harness.upload(untouched);
  const op = topLogProbs(harness.gpu, {
    state: harness.upload(state),
    committed: harness.upload(committed),
    logits: harness.upload(logits),
    top,
    vocabSize: V,
    contextLength,
    numTokens: TOP,
  });
  await harness.run(() => op(64));
  const words = await harness.read(top, new Uint32Array(untouched.length));
  const expected = twin({ state, committed, logits }, { V, TOP });
  const size = logits.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  for (let position = 0; position <= contextLength; position++) {
    const stride = 2 * MAX_TOP_LOG_PROBS;
    const own = words.subarray(position * stride, (position + 1) * stride);
    const wanted = expected.get(position) ?? [];
    const label = `V ${V}, top ${TOP}, position ${position}`;
    const found = readCandidates(own).slice(0, wanted.length);
    assertEquals(
      found.map(({ token }) => token),
      wanted.map(({ token }) => token),
      label,
    );
    assertClose(
      found.map(({ score }) => score),
      wanted.map(({ score }) => score),
      { absolute: tolerance(V, size), label },
    );
    const rest = own.subarray(2 * wanted.length);
    assertEquals(rest, new Uint32Array(rest.length).fill(7), label);
  }
}

testBothCuts(
  harness,
  "topLogProbs() equals its twin over a table of shapes",
  async () => {
    const random = new Random(1);
    for (
      const [V, TOP, length, nodes] of [
        [1, 1, 1, [0]],
        [2, 2, 20, [0, 1]],
        [5, 1, 20, [0, 2, 5]],
        [257, 20, 30, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
        [2048, 3, 9, [4]],
        [5000, 20, 39, [0, 40]],
      ] as const
    ) {
      const numRows = Math.max(...nodes) - nodes[0] + 1;
      const logits = random.normals(numRows * V, 4);
      await assertEqualsTwin({ logits, V, TOP, length, nodes });
    }
  },
);

testBothCuts(
  harness,
  "topLogProbs() lists equal logits by id, and bears very large and very small ones",
  async () => {
    const V = 300;
    for (
      const logits of [
        new Float32Array(V),
        new Float32Array(V).fill(1e4),
        Float32Array.from({ length: V }, (_, token) => token % 3 - 1e4),
      ]
    ) {
      await assertEqualsTwin({ logits, V, TOP: 20, length: 5, nodes: [0] });
    }
  },
);

Deno.test("topLogProbs() writes nothing where nothing was committed", async () => {
  const logits = new Random(2).normals(300, 4);
  await assertEqualsTwin({ logits, V: 300, TOP: 4, length: 5, nodes: [] });
});
