/** Measures Jakiro decoding against plain decoding on one pair of models. @module */

import { Gpu } from "../src/gpu/gpu.ts";
import { type KernelTime, profileDispatches } from "../src/gpu/profile.ts";
import { openCheckpoint } from "../src/checkpoint/mod.ts";
import { openDrafter, type TreeOptions } from "../src/draft/mod.ts";
import { ReadBack } from "../src/decode/read_back.ts";
import { resolveElem } from "../src/decode/resolve_elem.ts";
import { runRounds } from "../src/decode/run_rounds.ts";
import { Session } from "../src/decode/session.ts";
import type { SessionStart } from "../src/decode/session_buffers.ts";
import { submitPass } from "../src/gpu/submit_pass.ts";
import { Target } from "../src/model/mod.ts";
import { warmUp } from "../src/decode/warm_up.ts";

/** What was measured of one shape of trees. */
export interface DraftingMeasurement {
  readonly tree: Required<Omit<TreeOptions, "shape">>;
  readonly tokensPerRound: number;
  /** Tokens per second, a pair for each prompt and repetition. */
  readonly plain: readonly number[];
  readonly drafting: readonly number[];
  readonly dispatchesPerRound: number;
  /** Milliseconds of a round by part, each launch in a pass of its own. */
  readonly parts: Readonly<Record<"verify" | "accept" | "draft", number>>;
  readonly kernels: readonly KernelTime[];
}

const MAX_ROWS = 64;
const MAX_TOKENS = 120;

/**
 * Measures trees of several shapes, each prompt plainly and with the drafter in turn.
 *
 * @param directory Model with a folder `drafter`.
 * @param options Shapes, prompts, repetitions.
 * @returns A measurement per shape.
 */
export async function measureDrafting(
  directory: string | URL,
  options: {
    readonly trees: readonly Required<Omit<TreeOptions, "shape">>[];
    readonly drafter: string | URL;
    readonly prompts: readonly (readonly number[])[];
    readonly repetitions: number;
  },
): Promise<readonly DraftingMeasurement[]> {
  using checkpoint = await openCheckpoint(directory);
  using gpu = await Gpu.open();
  const target = await Target.load(gpu, checkpoint, {
    elem: resolveElem(gpu, checkpoint, "auto"),
    contextLength: 512,
    maxRows: MAX_ROWS,
    maxLogitRows: 64,
    onProgress: () => {},
  });
  const drafter = await openDrafter(gpu, target, options.drafter);
  using plain = new Session(gpu, target);
  await warmUp(gpu, plain, () => {});
  using first = new ReadBack(gpu);
  using second = new ReadBack(gpu);
  const readBacks = [first, second] as const;
  const results: DraftingMeasurement[] = [];
  for (const tree of options.trees) {
    using drafting = new Session(gpu, target, { drafter, tree });
    await warmUp(gpu, drafting, () => {});
    const speeds = { plain: [] as number[], drafting: [] as number[] };
    let numTokens = 0;
    let numRounds = 0;
    for (let index = 0; index <= options.repetitions; index++) {
      for (const prompt of options.prompts) {
        const one = await run(gpu, plain, { prompt, readBacks });
        const other = await run(gpu, drafting, { prompt, readBacks });
        if (index === 0) continue;
        speeds.plain.push(one.tokensPerSecond);
        speeds.drafting.push(other.tokensPerSecond);
        numTokens += MAX_TOKENS - 1;
        numRounds += other.numRounds;
      }
    }
    const kernels = await profile(gpu, drafting, options.prompts[0] ?? [1]);
    results.push({
      tree,
      tokensPerRound: numTokens / numRounds,
      ...speeds,
      dispatchesPerRound: drafting.round.length,
      ...kernels,
    });
  }
  return results;
}

async function run(
  gpu: Gpu,
  session: Session,
  args: {
    readonly prompt: readonly number[];
    readonly readBacks: readonly [ReadBack, ReadBack];
  },
): Promise<{ tokensPerSecond: number; numRounds: number }> {
  session.start(sessionStart(args.prompt));
  const times: number[] = [];
  let numRounds = 0;
  for await (
    const batch of runRounds(gpu, session, {
      ids: args.prompt,
      firstPosition: 0,
      maxRows: MAX_ROWS,
      maxTokens: MAX_TOKENS,
      readBacks: args.readBacks,
      signal: undefined,
    })
  ) {
    times.push(batch.finishedMs);
    numRounds = batch.tokens.at(-1)?.round ?? numRounds;
  }
  const decodeMs = (times.at(-1) ?? 0) - (times[0] ?? 0);
  return { tokensPerSecond: (MAX_TOKENS - 1) / decodeMs * 1000, numRounds };
}

async function profile(
  gpu: Gpu,
  session: Session,
  prompt: readonly number[],
): Promise<Pick<DraftingMeasurement, "parts" | "kernels">> {
  const none = { verify: 0, accept: 0, draft: 0 };
  if (!gpu.hasTimestamps) return { parts: none, kernels: [] };
  session.start(sessionStart(prompt));
  submitPass(gpu, session.prefill(prompt, 0, null));
  submitPass(gpu, session.round);
  const { round } = session;
  const names = round.map(({ kernel }) => kernel.name);
  const firstDraft = names.indexOf("draft_input");
  const firstAccept = names.indexOf("choose");
  const ms = async (from: number, to: number): Promise<number> => {
    const times = await profileDispatches(gpu, round.slice(from, to));
    return times.reduce((sum, time) => sum + time.ms, 0);
  };
  const parts = {
    verify: await ms(0, firstAccept),
    accept: await ms(firstAccept, firstDraft),
    draft: await ms(firstDraft, round.length),
  };
  return { parts, kernels: await profileDispatches(gpu, round) };
}

function sessionStart(prompt: readonly number[]): SessionStart {
  return {
    prompt,
    sampling: {
      temperature: 0,
      topK: 0,
      topP: 1,
      minP: 0,
      repetitionPenalty: 1,
      presencePenalty: 0,
      frequencyPenalty: 0,
      seed: 0,
      hasBias: false,
    },
    logitBias: new Map(),
    maxTokens: MAX_TOKENS,
    endTokens: [],
    ignoreEos: true,
    logProbs: false,
  };
}
