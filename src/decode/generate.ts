import type {
  Chunk,
  GenerateStatistics,
  RoundStatistics,
  StopReason,
} from "./options.ts";
import { countReused } from "./count_reused.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { ReadBack } from "./read_back.ts";
import { RoundClock } from "./round_clock.ts";
import { runMaskedRounds } from "./run_masked_rounds.ts";
import { type RunOptions, runRounds } from "./run_rounds.ts";
import type { GearPolicy } from "./gears.ts";
import type { Session } from "./session.ts";
import type { SessionStart } from "./session_buffers.ts";
import { TextStream } from "./text_stream.ts";
import type { GrammarMatcher, Tokenizer } from "../text/mod.ts";
import type { Warmth } from "./warmth.ts";

/** What a generation needs besides its options. */
export interface GenerateArgs extends SessionStart, RunOptions {
  /** A session that no other generation uses. */
  readonly session: Session;
  /** Two staging buffers that no other generation uses. */
  readonly readBacks: readonly [ReadBack, ReadBack];
  /** Chooses the shape of trees. */
  readonly policy: GearPolicy;
  /** Which of the model's kernels are compiled. */
  readonly warmth: Warmth;
  /** From ids to text. */
  readonly tokenizer: Tokenizer;
  /** Most rows in a pass, `T`. */
  readonly maxRows: number;
  /** Most tokens in a sequence, `S`. */
  readonly contextLength: number;
  /** Strings that end the text. */
  readonly stop: readonly string[];
  /** Says which tokens may follow, or null where all may. */
  readonly matcher: GrammarMatcher | null;
  /** Ends the generation. */
  readonly signal: AbortSignal | undefined;
  /** When the caller asked, in milliseconds of `performance.now()`. */
  readonly calledMs: number;
}

/**
 * Generates text from a prompt's ids.
 *
 * @param gpu Device.
 * @param args Session, options and text.
 * @returns Chunks, then the statistics.
 */
export async function* generate(
  gpu: Gpu,
  args: GenerateArgs,
): AsyncGenerator<Chunk, GenerateStatistics> {
  const { session, prompt, calledMs, signal } = args;
  const gears = args.policy.start();
  session.gear = gears.next().gear;
  // A sequence that begins without trees goes on without.
  if (session.gear > 0) await args.warmth.all(session);
  const numCached = countReused(session, prompt);
  session.cachedTokens = [];
  session.numDrafterCached = session.gear > 0
    ? Infinity
    : Math.min(numCached, session.numDrafterCached);
  const start = (): void =>
    session.start({ ...args, isMasked: args.matcher !== null });
  // Few generations allocate anything.
  if (args.matcher === null && !args.topLogProbs) start();
  else await gpu.guard("allocate what a generation asks for", start);
  const maxTokens = Math.min(
    args.maxTokens,
    args.contextLength - prompt.length,
  );
  const rounds = {
    ...args,
    gears,
    ids: prompt.slice(numCached),
    firstPosition: numCached,
    maxTokens,
  };
  const { matcher } = args;
  const batches = maxTokens === 0
    ? []
    : matcher === null
    ? runRounds(gpu, session, rounds)
    : runMaskedRounds(gpu, session, { ...rounds, matcher });
  const text = new TextStream(args);
  const clock = new RoundClock();
  let prefilledMs: number | null = null;
  let finishedMs = calledMs;
  let stop: StopReason | "running" = maxTokens === 0 ? "length" : "running";
  for await (const batch of batches) {
    if (signal?.aborted) break;
    prefilledMs ??= batch.finishedMs;
    finishedMs = batch.finishedMs;
    const piece = text.push(batch, batch.proposed);
    clock.add(batch.times);
    stop = piece.isStopped ? "stop" : batch.stop;
    session.cachedTokens = [...prompt, ...text.tokens.slice(0, -1)];
    yield {
      text: piece.text,
      tokens: piece.tokens.map(({ id }) => id),
      ...(args.logProbs
        ? { logProbs: piece.tokens.map(({ logProb }) => logProb) }
        : {}),
      ...(args.topLogProbs
        ? { topLogProbs: piece.tokens.map(({ top = [] }) => top) }
        : {}),
      drafted: piece.tokens.map(({ rank }) => rank > 0),
      elapsedMs: performance.now() - calledMs,
      soFar: summarize(text, clock),
    };
    if (stop !== "running") break;
  }
  const rest = text.flush();
  if (rest.text !== "") {
    const elapsedMs = performance.now() - calledMs;
    const soFar = summarize(text, clock);
    yield { text: rest.text, tokens: [], drafted: [], elapsedMs, soFar };
  }
  if (rest.isStopped) stop = "stop";
  const { tokens } = text;
  const decodeMs = finishedMs - (prefilledMs ?? finishedMs);
  const numDecoded = Math.max(0, tokens.length - 1);
  return {
    text: text.whole,
    tokens,
    stop: stop === "running" ? "abort" : stop,
    seed: args.sampling.seed,
    promptTokens: prompt.length,
    cachedTokens: numCached,
    generatedTokens: tokens.length,
    ...summarize(text, clock),
    prefillMs: (prefilledMs ?? performance.now()) - calledMs,
    decodeMs,
    tokensPerSecond: decodeMs > 0 ? numDecoded / decodeMs * 1000 : 0,
  };
}

function summarize(text: TextStream, clock: RoundClock): RoundStatistics {
  const { numRounds, tokens, acceptedPerDepth, numProposed } = text;
  return {
    rounds: numRounds,
    tokensPerRound: numRounds > 0 ? (tokens.length - 1) / numRounds : 0,
    acceptedPerDepth,
    draftedTokens: numProposed,
    roundMs: clock.roundMs,
    idleShare: clock.idleShare,
  };
}
