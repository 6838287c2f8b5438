import { assert, assertEquals, assertLess } from "@std/assert";
import { GREEDY } from "../../src/ops/mod.ts";
import type { Drafting } from "../../src/decode/drafting.ts";
import { FixedPolicy } from "../../src/decode/fixed_policy.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { HASH_BYTES, HashedSession } from "./_hashed_session.ts";
import { openCheckpoint } from "../../src/checkpoint/mod.ts";
import { openDrafter } from "../../src/draft/mod.ts";
import { Random } from "../ops/_random.ts";
import { ReadBack } from "../../src/decode/read_back.ts";
import { readBuffer } from "../../src/gpu/read_buffer.ts";
import { runRounds } from "../../src/decode/run_rounds.ts";
import { Target } from "../../src/model/mod.ts";
import { writeTinyPair } from "./_tiny_pair.ts";

const MAX_ROWS = 64;
const TREE = { numNodes: 12, depth: 3, topK: 3, shape: "dynamic" } as const;
const CONTEXT_LENGTH = 1310;
/** Keys are split behind 1,024 of them: of the first text while it is decoded, of the other in the prompt, too. */
const TEXTS = [
  { promptLength: 990, maxTokens: 80 },
  // Ended by the context.
  { promptLength: 1290, maxTokens: CONTEXT_LENGTH - 1290 },
] as const;

interface Written {
  readonly tokens: readonly number[];
  readonly logProbs: readonly number[];
  /** Two words for each token: a hash of all logits that it was chosen by. */
  readonly hashes: Uint32Array;
}

/** Writes each text, its prompt in passes of so many rows. */
async function write(
  gpu: Gpu,
  target: Target,
  way: { readonly drafting: Drafting | null; readonly maxRows: number },
): Promise<{ texts: Written[]; numRounds: number; kernels: Set<string> }> {
  const texts: Written[] = [];
  const kernels = new Set<string>();
  let numRounds = 0;
  using session = await HashedSession.open(gpu, target, way.drafting);
  using first = new ReadBack(gpu);
  using second = new ReadBack(gpu);
  for (const [index, { promptLength, maxTokens }] of TEXTS.entries()) {
    const random = new Random(index);
    const prompt = Array.from({ length: promptLength }, () => random.below(4));
    session.start({
      prompt,
      sampling: { ...GREEDY, temperature: 1, seed: index },
      logitBias: new Map(),
      maxTokens,
      endTokens: [],
      ignoreEos: true,
      logProbs: true,
    });
    const tokens: number[] = [];
    const logProbs: number[] = [];
    const batches = runRounds(gpu, session, {
      ids: prompt,
      firstPosition: 0,
      maxRows: way.maxRows,
      maxTokens,
      readBacks: [first, second],
      gears: new FixedPolicy(session.gear).start(),
      signal: undefined,
      // So that rounds come in several submissions.
      maxRounds: 8,
    });
    for await (const batch of batches) {
      for (const { id, logProb } of batch.tokens) {
        tokens.push(id);
        logProbs.push(logProb);
      }
      numRounds += batch.stop === "running" ? 0 : batch.numRounds;
    }
    for (const { kernel } of session.round) kernels.add(kernel.name);
    const words = new Uint32Array(await readBuffer(gpu, session.hashes));
    const begin = (promptLength - 1) * HASH_BYTES / 4;
    const hashes = words.slice(begin, begin + maxTokens * HASH_BYTES / 4);
    texts.push({ tokens, logProbs, hashes });
  }
  return { texts, numRounds, kernels };
}

Deno.test("runRounds() writes long texts with the same logits, drafted or not, however a prompt is cut and wherever keys are split", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await writeTinyPair(directory, "jakiro");
    using checkpoint = await openCheckpoint(directory);
    using gpu = await Gpu.open();
    // Kernels and launches of a GPU, whatever the adapter is.
    Object.assign(gpu, { adapter: { ...gpu.adapter, isSoftware: false } });
    const target = await Target.load(gpu, checkpoint, {
      elem: "f32",
      contextLength: CONTEXT_LENGTH,
      maxRows: MAX_ROWS,
      maxLogitRows: TREE.numNodes,
      onProgress: () => {},
    });
    const drafter = await openDrafter(gpu, target, {
      directory: `${directory}/drafter`,
    });
    const drafting = { drafter, tree: TREE };
    const plain = await write(gpu, target, {
      drafting: null,
      maxRows: MAX_ROWS,
    });
    assertEquals(
      plain.texts.map(({ tokens }) => tokens.length),
      TEXTS.map(({ maxTokens }) => maxTokens),
    );
    for (const { hashes } of plain.texts) {
      assert(hashes.every((word) => word !== 0));
    }
    for (
      const way of [
        // Passes of 16 rows are split, where those of 64 are not.
        { drafting: null, maxRows: 16 },
        { drafting, maxRows: MAX_ROWS },
        { drafting, maxRows: 9 },
      ]
    ) {
      const { texts, numRounds, kernels } = await write(gpu, target, way);
      assertEquals(texts, plain.texts);
      assert(kernels.has("attention_split"), [...kernels].join());
      if (way.drafting === null) assertEquals(numRounds, plain.numRounds);
      else assertLess(numRounds, 0.8 * plain.numRounds);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
