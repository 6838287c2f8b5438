import type { Fields } from "./fields.ts";
import { readLogitBias } from "./read_logit_bias.ts";
import type { SamplingOptions } from "../decode/mod.ts";

const PENALTY = { min: -2, max: 2 };
const SEED = {
  min: Number.MIN_SAFE_INTEGER,
  max: Number.MAX_SAFE_INTEGER,
  isInteger: true,
};
const SEEDS = 2 ** 32;
/** In the place of 0, which the OpenAI API takes: the likeliest token alone is kept, too. */
const LEAST_TOP_P = 1e-6;

/**
 * Reads the fields that say how tokens are chosen; the model's own options hold where there are none.
 *
 * @param fields The request's.
 * @param vocabSize Ids that there are.
 * @returns Options, always with a seed, of the 2^32 that there are: others count modulo that.
 * @throws {ApiError} One is out of range or of the wrong type.
 */
export function readSampling(
  fields: Fields,
  vocabSize: number,
): SamplingOptions & { readonly seed: number } {
  const topP = fields.number("top_p", { min: 0, max: 1 });
  const options = {
    temperature: fields.number("temperature", { min: 0, max: 2 }),
    topP: topP === undefined ? undefined : Math.max(topP, LEAST_TOP_P),
    topK: fields.number("top_k", { min: 0, max: SEEDS - 1, isInteger: true }),
    minP: fields.number("min_p", { min: 0, max: 1 }),
    repetitionPenalty: fields.number("repetition_penalty", {
      min: 0,
      max: 100,
      isAboveMin: true,
    }),
    presencePenalty: fields.number("presence_penalty", PENALTY),
    frequencyPenalty: fields.number("frequency_penalty", PENALTY),
    logitBias: readLogitBias(fields, vocabSize),
  };
  const seed = fields.number("seed", SEED);
  return {
    ...definedOf(options),
    seed: seed === undefined
      ? crypto.getRandomValues(new Uint32Array(1))[0] ?? 0
      : wrapSeed(seed),
  };
}

/** Brings a number into the range of seeds. */
export function wrapSeed(seed: number): number {
  return ((seed % SEEDS) + SEEDS) % SEEDS;
}

/** The properties that are there. */
type Defined<T> = { readonly [Name in keyof T]?: Exclude<T[Name], undefined> };

function definedOf<T extends object>(options: T): Defined<T>;
function definedOf(options: object): object {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  );
}
