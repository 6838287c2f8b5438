/** Measures Jakiro decoding against plain decoding on one pair of models. @module */

import type { Gpu } from "../src/gpu/gpu.ts";
import { openGpu } from "../src/decode/open_gpu.ts";
import { type KernelTime, profileDispatches } from "../src/gpu/profile.ts";
import { openCheckpoint } from "../src/checkpoint/mod.ts";
import {
  openDrafter,
  resolveTreeOptions,
  type TreeOptions,
} from "../src/draft/mod.ts";
import { ReadBack } from "../src/decode/read_back.ts";
import { resolveElem } from "../src/decode/resolve_elem.ts";
import { RoundClock, type RoundMs } from "../src/decode/round_clock.ts";
import { runRounds } from "../src/decode/run_rounds.ts";
import { median } from "../src/decode/median.ts";
import { FixedPolicy } from "../src/decode/fixed_policy.ts";
import { Session } from "../src/decode/session.ts";
import type { SessionStart } from "../src/decode/session_buffers.ts";
import { submitPass } from "../src/gpu/submit_pass.ts";
import { Target } from "../src/model/mod.ts";
import { timeHost } from "./time_host.ts";
import { warmUp } from "../src/decode/warm_up.ts";

/** Sizes of a tree. */
export type TreeSizes = Required<Omit<TreeOptions, "shape">>;

/** What was measured of one way of decoding. */
export interface WayMeasurement {
  /** Tokens per second, one for each prompt and repetition. */
  readonly tokensPerSecond: readonly number[];
  readonly tokensPerRound: number;
  readonly dispatchesPerRound: number;
  /** Median of the runs' means, as in a generation's statistics. */
  readonly roundMs: RoundMs | null;
  /** Median share of the time in which the device waited. */
  readonly idleShare: number | null;
  /** Median milliseconds in which the host encodes and submits a round. */
  readonly hostMs: number;
}

/** What was measured of one shape of trees, and of plain decoding in turn with it. */
export interface DraftingMeasurement {
  readonly tree: TreeSizes;
  readonly plain: WayMeasurement;
  readonly drafting: WayMeasurement;
  /** Speeds with trees by those without, pair by pair. */
  readonly ratios: readonly number[];
  /** What a round costs in plain steps, by the device's clock: the median, pair by pair. */
  readonly plainSteps: number | null;
  /** Kernels of a round, each launch in a pass of its own. */
  readonly kernels: readonly KernelTime[];
}

/** What is measured. */
export interface DraftingOptions {
  readonly drafter: string | URL;
  /** Chosen by whether the adapter is software. */
  readonly trees: (isSoftware: boolean) => readonly TreeSizes[];
  /** Token ids. */
  readonly prompts: readonly (readonly number[])[];
  /** Tokens generated each time. */
  readonly numTokens: number;
  /** Times each prompt is run both ways, after a first that does not count. */
  readonly repetitions: number;
}

const MAX_ROWS = 64;

/**
 * Measures trees of several shapes, each prompt plainly and with the drafter in turn.
 *
 * @param directory The model.
 * @param options Drafter, shapes, prompts, repetitions.
 * @returns A measurement per shape.
 */
export async function measureDrafting(
  directory: string | URL,
  options: DraftingOptions,
): Promise<readonly DraftingMeasurement[]> {
  using checkpoint = await openCheckpoint(directory);
  const { prompts } = options;
  const longest = Math.max(...prompts.map(({ length }) => length));
  using gpu = await openGpu(checkpoint);
  const target = await Target.load(gpu, checkpoint, {
    elem: resolveElem(gpu, checkpoint, "auto"),
    contextLength: longest + options.numTokens + 1,
    maxRows: MAX_ROWS,
    maxLogitRows: 64,
    onProgress: () => {},
  });
  const drafter = await openDrafter(gpu, target, {
    directory: options.drafter,
  });
  using plain = new Session(gpu, target);
  await warmUp(gpu, plain, { onProgress: () => {} });
  using first = new ReadBack(gpu);
  using second = new ReadBack(gpu);
  const results: DraftingMeasurement[] = [];
  const { isSoftware } = gpu.adapter;
  const { vocabSize } = checkpoint.config;
  for (const sizes of options.trees(isSoftware)) {
    const tree = resolveTreeOptions(sizes, { vocabSize, isSoftware });
    using drafting = new Session(gpu, target, { drafter, tree });
    await warmUp(gpu, drafting, { onProgress: () => {} });
    const args = { readBacks: [first, second], ...options } as const;
    const ways = { plain: new Way(plain), drafting: new Way(drafting) };
    for (let index = 0; index <= options.repetitions; index++) {
      for (const prompt of prompts) {
        await ways.plain.run(gpu, { ...args, prompt, isCounted: index > 0 });
        await ways.drafting.run(gpu, { ...args, prompt, isCounted: index > 0 });
      }
    }
    const [one, other] = [
      ways.plain.result(await timeHost(plain, first)),
      ways.drafting.result(await timeHost(drafting, first)),
    ];
    results.push({
      tree,
      plain: one,
      drafting: other,
      ratios: other.tokensPerSecond.map((speed, index) =>
        speed / (one.tokensPerSecond[index] ?? NaN)
      ),
      plainSteps: one.roundMs && median(
        ways.drafting.totals().map((ms, index) =>
          ms / (ways.plain.totals()[index] ?? NaN)
        ),
      ),
      kernels: await profile(gpu, drafting, {
        prompt: prompts[0] ?? [],
        numTokens: options.numTokens,
      }),
    });
  }
  return results;
}

/** One way of decoding, and what was measured of it so far. */
class Way {
  readonly #session: Session;
  readonly #policy: FixedPolicy;
  readonly #speeds: number[] = [];
  readonly #times: RoundMs[] = [];
  readonly #idleShares: number[] = [];
  #numTokens = 0;
  #numRounds = 0;

  constructor(session: Session) {
    this.#session = session;
    this.#policy = new FixedPolicy(session.gear);
  }

  /** Generates from a prompt. */
  async run(
    gpu: Gpu,
    args: {
      readonly prompt: readonly number[];
      readonly numTokens: number;
      readonly readBacks: readonly [ReadBack, ReadBack];
      readonly isCounted: boolean;
    },
  ): Promise<void> {
    const { prompt, numTokens } = args;
    this.#session.start(sessionStart(prompt, numTokens));
    const clock = new RoundClock();
    const finishedMs: number[] = [];
    let numRounds = 0;
    for await (
      const batch of runRounds(gpu, this.#session, {
        ids: prompt,
        firstPosition: 0,
        maxRows: MAX_ROWS,
        maxTokens: numTokens,
        readBacks: args.readBacks,
        gears: this.#policy.start(),
        signal: undefined,
      })
    ) {
      finishedMs.push(batch.finishedMs);
      clock.add(batch.times);
      numRounds = batch.tokens.at(-1)?.round ?? numRounds;
    }
    if (!args.isCounted) return;
    const decodeMs = (finishedMs.at(-1) ?? 0) - (finishedMs[0] ?? 0);
    this.#speeds.push((numTokens - 1) / decodeMs * 1000);
    this.#numTokens += numTokens - 1;
    this.#numRounds += numRounds;
    if (clock.roundMs !== null) this.#times.push(clock.roundMs);
    if (clock.idleShare !== null) this.#idleShares.push(clock.idleShare);
  }

  /** Milliseconds of a round, run by run. */
  totals(): readonly number[] {
    return this.#times.map(({ verify, accept, draft }) =>
      verify + accept + draft
    );
  }

  result(hostMs: number): WayMeasurement {
    const times = this.#times;
    const medianOf = (part: keyof RoundMs): number =>
      median(times.map((roundMs) => roundMs[part]));
    return {
      tokensPerSecond: this.#speeds,
      tokensPerRound: this.#numTokens / this.#numRounds,
      dispatchesPerRound: this.#session.round.length,
      roundMs: times.length === 0 ? null : {
        verify: medianOf("verify"),
        accept: medianOf("accept"),
        draft: medianOf("draft"),
      },
      idleShare: times.length === 0 ? null : median(this.#idleShares),
      hostMs,
    };
  }
}

async function profile(
  gpu: Gpu,
  session: Session,
  args: { readonly prompt: readonly number[]; readonly numTokens: number },
): Promise<readonly KernelTime[]> {
  if (!gpu.hasTimestamps) return [];
  session.start(sessionStart(args.prompt, args.numTokens));
  submitPass(gpu, session.prefill(args.prompt, 0, null));
  submitPass(gpu, session.round);
  return await profileDispatches(gpu, session.round);
}

function sessionStart(
  prompt: readonly number[],
  maxTokens: number,
): SessionStart {
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
    maxTokens,
    endTokens: [],
    ignoreEos: true,
    logProbs: false,
  };
}
