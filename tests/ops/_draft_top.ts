import { assert, assertEquals } from "@std/assert";
import {
  draftTop,
  packSampling,
  type SamplingParams,
} from "../../src/ops/mod.ts";
import { at } from "../reference/lib/at.ts";
import { draftTop as twin } from "../reference/draft_top.ts";
import { type Row, rowWords } from "../reference/lib/rows.ts";
import { type Candidate, readCandidates } from "../reference/lib/tree.ts";
import { assertClose } from "./_close.ts";
import type { Harness } from "./_harness.ts";
import type { Random } from "./_random.ts";
import { PLAIN } from "./_sampling.ts";

/** Logit rows of a drafter. */
export interface DraftRows {
  /** `[R*B, V]`. */
  readonly logits: Float32Array<ArrayBuffer>;
  /** Rows of the head, `V`. */
  readonly vocabSize: number;
  readonly fanout: number;
  readonly row: readonly Row[];
  readonly firstLogitRow?: number;
  readonly numBranches?: 1 | 2;
  readonly branchStep?: 0 | 1;
  readonly params?: Partial<SamplingParams>;
  readonly tokenIds?: Uint32Array<ArrayBuffer> | null;
}

/** Candidates of each row, and all tokens of each row as the twin ranks them. */
export async function draftBest(harness: Harness, draft: DraftRows): Promise<{
  readonly actual: readonly Candidate[][];
  readonly ranked: readonly Candidate[][];
}> {
  const { logits, vocabSize, fanout, row, numBranches = 1 } = draft;
  const { firstLogitRow = 0, tokenIds = null } = draft;
  const passRows = row.length - firstLogitRow;
  const sampling = packSampling({ ...PLAIN, ...draft.params });
  const rows = rowWords({ row, firstLogitRow });
  const candidates = harness.empty(passRows * numBranches * fanout * 8);
  const op = draftTop(harness.gpu, {
    sampling: harness.uniform(sampling),
    rows: harness.upload(rows),
    logits: harness.upload(logits),
    tokenIds: tokenIds && harness.upload(tokenIds),
    candidates,
    vocabSize,
    fanout,
    numBranches,
    ...draft.branchStep === undefined ? {} : { branchStep: draft.branchStep },
  });
  await harness.run(() => op(passRows));
  const ranked = twin({ sampling, rows, logits, tokenIds }, {
    V: vocabSize,
    BRANCHES: numBranches,
    STEP: draft.branchStep ?? 1,
  });
  const words = new Uint32Array(ranked.length * fanout * 2);
  const all = readCandidates(await harness.read(candidates, words));
  const actual = ranked.map((_, r) => all.slice(r * fanout, (r + 1) * fanout));
  return { actual, ranked };
}

// Noise is off by up to 1e-3 on the least exact device, as in choose_test.ts; a score is a difference of two values
// and the logarithm of a sum of them.
const NOISE = 1e-3;

/** Throws unless candidates are the best there are, the best first, with their scores. */
export function assertBest(
  actual: readonly Candidate[],
  ranked: readonly Candidate[],
  options: { readonly label: string; readonly isExact: boolean },
): void {
  const { label, isExact } = options;
  const scores = new Map(ranked.map(({ token, score }) => [token, score]));
  const tokens = actual.map(({ token }) => token);
  assertEquals(new Set(tokens).size, tokens.length, `${label}: ${tokens}`);
  const best = ranked.slice(0, actual.length);
  if (isExact) assertEquals(tokens, best.map(({ token }) => token), label);
  const expected = tokens.map((token) => scores.get(token) ?? NaN);
  // What was taken is as good as what should have been, and has its own score.
  assertClose(expected, best.map(({ score }) => score), {
    absolute: isExact ? 0 : 2 * NOISE,
    label: `${label}: ranks`,
  });
  assertClose(actual.map(({ score }) => score), expected, {
    // Logits are below 40 here: differences of them, and sums of up to 32000 terms, round by less than 2e-4.
    absolute: isExact ? 2e-4 : 2 * NOISE,
    label: `${label}: scores`,
  });
  assert(actual.every(({ score }) => score <= 0), `${label}: above 0`);
}

/** @returns Other ids for the rows of a head, no two the same. */
export function scatteredIds(
  random: Random,
  V: number,
): Uint32Array<ArrayBuffer> {
  const ids = Uint32Array.from({ length: V }, (_, v) => 3 * v + 1);
  for (let v = V - 1; v > 0; v--) {
    const other = random.below(v + 1);
    [ids[v], ids[other]] = [at(ids, other), at(ids, v)];
  }
  return ids;
}
