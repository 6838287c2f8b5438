import { at } from "../reference/lib/at.ts";
import { Random } from "../ops/_random.ts";

/** What a sampler sees at a position. */
export interface Position {
  /** What the target draws from, behind its temperature, penalties and filters. */
  readonly processed: readonly number[];
  /** The softmax of its logits as they are. */
  readonly raw: readonly number[];
  /** Whether the draft ends here. */
  readonly isLast: boolean;
}

/** Draws a token. */
export type Sampler = (position: Position, random: Random) => number;

/** Probabilities that a drafter gives to tokens, wrongly; the candidates are the two likeliest. */
const DRAFTED = [0.4, 0.3, 0.2, 0.1];
const CANDIDATES = [0, 1];

/** Rules by which the reference implementation checks candidates, by name; only the first is exact. */
export const SAMPLERS: Readonly<Record<string, Sampler>> = {
  /** A candidate is taken with the probability that the target gives it. */
  exact: ({ processed }, random) => checkCandidates(processed, random, () => 1),
  /** As for candidates drawn at random, which a tree's are not: Jakiro*'s rule. */
  accepting: ({ processed }, random) =>
    checkCandidates(processed, random, (token) => DRAFTED[token] ?? 1),
  /** Behind the last drafted token, temperature, penalties and filters are forgotten. */
  forgetting: ({ processed, raw, isLast }, random) =>
    isLast ? draw(raw, random) : checkCandidates(processed, random, () => 1),
};

/** Takes each candidate with probability p/q, or draws from what remains. */
function checkCandidates(
  probabilities: readonly number[],
  random: Random,
  drafted: (token: number) => number,
): number {
  let rest = [...probabilities];
  for (const token of CANDIDATES) {
    const q = drafted(token);
    if (random.next() <= (rest[token] ?? 0) / q) return token;
    const less = rest.map((p, other) =>
      q === 1 ? other === token ? 0 : p : Math.max(0, p - (DRAFTED[other] ?? 0))
    );
    const sum = less.reduce((total, p) => total + p, 0);
    rest = sum > 0 ? less.map((p) => p / sum) : rest;
  }
  return draw(rest, random);
}

function draw(probabilities: readonly number[], random: Random): number {
  let left = random.next();
  const found = probabilities.findIndex((p) => (left -= p) < 0);
  return found >= 0 ? found : probabilities.findLastIndex((p) => p > 0);
}

/** Counts sequences that a sampler draws, as numbers in base `V`. */
export function countDrawn(
  sampler: Sampler,
  options: {
    readonly numDraws: number;
    readonly length: number;
    readonly vocabSize: number;
    readonly positionAfter: (
      ids: readonly number[],
    ) => Omit<Position, "isLast">;
  },
): Uint32Array {
  const { numDraws, length, vocabSize, positionAfter } = options;
  const random = new Random(1);
  const counts = new Uint32Array(vocabSize ** length);
  for (let index = 0; index < numDraws; index++) {
    const ids: number[] = [];
    while (ids.length < length) {
      const isLast = ids.length === length - 1;
      ids.push(sampler({ ...positionAfter(ids), isLast }, random));
    }
    const sequence = ids.reduce((sum, id) => sum * vocabSize + id, 0);
    counts[sequence] = at(counts, sequence) + 1;
  }
  return counts;
}
