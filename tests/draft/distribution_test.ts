import { assertGreater, assertLess, assertThrows } from "@std/assert";
import { assertDistributed } from "../ops/_chi_square.ts";
import { assertNearInVariation } from "../ops/_total_variation.ts";
import { countDrawn, SAMPLERS } from "./_wrong_samplers.ts";
import { DraftRun } from "./_draft_run.ts";
import { GREEDY } from "../../src/ops/mod.ts";
import { type DrafterKind, resolveTreeOptions } from "../../src/draft/mod.ts";
import { HISTORY_BYTES } from "../../src/ops/mod.ts";
import { llama, type ReferenceTensor } from "../reference/llama.ts";
import {
  processedSoftmax,
  type Processing,
} from "../ops/_processed_softmax.ts";
import { type ModelConfig, openCheckpoint } from "../../src/checkpoint/mod.ts";
import { readBuffer } from "../../src/gpu/read_buffer.ts";
import { ropeFrequencies } from "../../src/model/mod.ts";
import { submitPass } from "../../src/gpu/submit_pass.ts";
import { tinySizes, writeTinyPair } from "./_tiny_pair.ts";

const NUM_SEEDS = 1000;
const LENGTH = 3;
const PROMPT = [1, 3];
const DYNAMIC = { numNodes: 12, depth: 2, topK: 3 };
/** Of 16 tokens, four can follow; so there are as many sequences as of four tokens. */
const OPTIONS = {
  temperature: 0.8,
  topK: 4,
  topP: 0.95,
  frequencyPenalty: 0.4,
} as const;

const CASES = [
  ["jakiro", DYNAMIC],
  ["jakiro_star", DYNAMIC],
  ["jakiro_star", { shape: "static" }],
  ["eagle", DYNAMIC],
  ["eagle3", DYNAMIC],
] as const;

for (const [kind, options] of CASES) {
  const { shape } = { shape: "dynamic", ...options };
  Deno.test(`Session.round with ${shape} trees of a ${kind} drafter draws every sequence of three tokens as often as the target would`, async () => {
    await withPair(kind, async ({ target, positionAfter }) => {
      const { vocabSize } = tinySizes(kind);
      using run = await DraftRun.open({
        target,
        drafter: new URL("drafter/", target),
        tree: resolveTreeOptions(options, { vocabSize, isSoftware: true }),
        contextLength: 16,
      });
      const { counts, numDrafted } = await countSequences(run);
      // Most rounds accept something, or the walk would go untested.
      assertGreater(numDrafted, NUM_SEEDS / 4);
      const expected = enumerate(positionAfter);
      // Not a handful of likely sequences: there is something to be wrong about.
      assertLess(Math.max(...expected), 0.3);
      assertDistributed(counts, expected, "sequences of three tokens");
      assertNearInVariation(counts, expected, "sequences of three tokens");
    });
  });
}

Deno.test("assertDistributed() and assertNearInVariation() refuse as many sequences of samplers that are not exact", async () => {
  await withPair("jakiro", ({ positionAfter }) => {
    const expected = enumerate(positionAfter);
    for (const [name, sampler] of Object.entries(SAMPLERS)) {
      const counts = countDrawn(sampler, {
        numDraws: NUM_SEEDS,
        length: LENGTH,
        vocabSize: 4,
        positionAfter,
      });
      const checks = [assertDistributed, assertNearInVariation];
      for (const check of checks) {
        if (name === "exact") check(counts, expected, name);
        else assertThrows(() => check(counts, expected, name), name);
      }
    }
    return Promise.resolve();
  });
});

type PositionAfter = (
  ids: readonly number[],
) => { readonly processed: readonly number[]; readonly raw: readonly number[] };

interface Pair {
  /** Directory of the target, with a folder `drafter`. */
  readonly target: URL;
  /** What the next token is drawn from, from logits in f64 and a softmax by sorting. */
  readonly positionAfter: PositionAfter;
}

async function withPair(
  kind: DrafterKind,
  action: (pair: Pair) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    const tensors = await writeTinyPair(directory, kind);
    using checkpoint = await openCheckpoint(directory);
    await action({
      target: new URL(`file://${directory}/`),
      positionAfter: definition(checkpoint.config, tensors),
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function definition(
  config: ModelConfig,
  tensors: ReadonlyMap<string, ReferenceTensor>,
): PositionAfter {
  const frequencies = ropeFrequencies(config);
  const known = new Map<string, ReturnType<PositionAfter>>();
  const compute: PositionAfter = (ids) => {
    const all = [...PROMPT, ...ids];
    const { logits } = llama(tensors, config, { ids: all, frequencies });
    const last = logits.at(-1) ?? [];
    const counts = Array.from(
      { length: config.vocabSize },
      (_, token) => ids.filter((id) => id === token).length,
    );
    return {
      raw: processedSoftmax(last, {}),
      processed: processedSoftmax(
        last,
        { ...OPTIONS, counts } satisfies Processing,
      ),
    };
  };
  return (ids) => {
    const found = known.get(ids.join()) ?? compute(ids);
    known.set(ids.join(), found);
    return found;
  };
}

/** The probability of each sequence of three tokens. */
function enumerate(positionAfter: PositionAfter): number[] {
  const probabilities: number[] = [];
  const extend = (ids: readonly number[], probability: number): void => {
    if (ids.length === LENGTH) {
      probabilities.push(probability);
      return;
    }
    const { processed } = positionAfter(ids);
    processed.forEach((p, token) => extend([...ids, token], probability * p));
  };
  extend([], 1);
  return probabilities;
}

/** Generates with many seeds without waiting for any, and counts the sequences. */
async function countSequences(
  run: DraftRun,
): Promise<{ counts: Uint32Array; numDrafted: number }> {
  const { gpu, session, target } = run;
  const V = target.config.vocabSize;
  const rowBytes = LENGTH * HISTORY_BYTES;
  const results = gpu.createBuffer("results", NUM_SEEDS * rowBytes);
  for (let seed = 0; seed < NUM_SEEDS; seed++) {
    session.start({
      prompt: PROMPT,
      sampling: { ...GREEDY, ...OPTIONS, seed },
      logitBias: new Map(),
      maxTokens: LENGTH,
      endTokens: [],
      ignoreEos: true,
      logProbs: false,
    });
    const launches = [
      ...session.prefill(PROMPT, 0, null),
      ...session.round,
      ...session.round,
    ];
    submitPass(gpu, launches, (encoder) =>
      encoder.copyBufferToBuffer(
        session.buffers.history,
        PROMPT.length * HISTORY_BYTES,
        results,
        seed * rowBytes,
        rowBytes,
      ));
    if (seed % 100 === 99) await gpu.device.queue.onSubmittedWorkDone();
  }
  const words = new Uint32Array(await readBuffer(gpu, results));
  const counts = new Uint32Array(V ** LENGTH);
  let numDrafted = 0;
  for (let seed = 0; seed < NUM_SEEDS; seed++) {
    let sequence = 0;
    for (let index = 0; index < LENGTH; index++) {
      const entry = (seed * LENGTH + index) * HISTORY_BYTES / 4;
      sequence = sequence * V + (words[entry] ?? 0);
      numDrafted += (words[entry + 2] ?? 0) & 1;
    }
    counts[sequence] = (counts[sequence] ?? 0) + 1;
  }
  return { counts, numDrafted };
}
