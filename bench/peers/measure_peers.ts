/** Measures engines side by side. @module */

import type { Peer, PeerRun } from "./peer.ts";

/** What was measured of one engine. */
export interface PeerMeasurement {
  readonly name: string;
  /** Tokens per second behind the first, one for each prompt and repetition. */
  readonly tokensPerSecond: readonly number[];
  /** Speeds by the first engine's, pair by pair. */
  readonly ratios: readonly number[];
  /** Milliseconds until the first token. */
  readonly prefillMs: readonly number[];
  /** For each prompt, how many of the first ids are those of the first engine. */
  readonly numSame: readonly number[];
}

/** Before each run: threads of other engines that wait by spinning have then gone to sleep. */
const PAUSE_MS = 400;

/**
 * Lets engines go on with the same prompts, taking turns. A first turn does not count.
 *
 * @param peers The engines; the others are compared with the first.
 * @param options Prompts, tokens that each is gone on with, and turns.
 * @returns What was measured of each.
 */
export async function measurePeers(
  peers: readonly Peer[],
  options: {
    readonly prompts: readonly (readonly number[])[];
    readonly numTokens: number;
    readonly repetitions: number;
  },
): Promise<readonly PeerMeasurement[]> {
  const { prompts, numTokens, repetitions } = options;
  const runs: PeerRun[][] = peers.map(() => []);
  for (let turn = 0; turn <= repetitions; turn++) {
    for (const prompt of prompts) {
      for (const [index, peer] of peers.entries()) {
        await delay(PAUSE_MS);
        const run = await peer.generate(prompt, numTokens);
        if (turn > 0) runs[index]?.push(run);
      }
    }
  }
  const [first = []] = runs;
  return peers.map(({ name }, index) => {
    const own = runs[index] ?? [];
    return {
      name,
      tokensPerSecond: own.map(speedOf),
      ratios: own.map((run, at) => speedOf(run) / speedOf(first[at] ?? run)),
      prefillMs: own.map(({ prefillMs }) => prefillMs),
      numSame: own.slice(0, prompts.length).map(({ tokens }, at) =>
        countSame(tokens, first[at]?.tokens ?? [])
      ),
    };
  });
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function speedOf({ tokens, decodeMs }: PeerRun): number {
  return (tokens.length - 1) / decodeMs * 1000;
}

function countSame(a: readonly number[], b: readonly number[]): number {
  const end = a.findIndex((id, index) => id !== b[index]);
  return end < 0 ? Math.min(a.length, b.length) : end;
}
