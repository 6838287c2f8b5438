import type { GenerationDefaults } from "../checkpoint/mod.ts";
import type { GenerateOptions } from "./options.ts";
import { MAX_TOP_LOG_PROBS, type SamplingParams } from "../ops/mod.ts";

interface Bound {
  readonly min: number;
  readonly max: number;
  readonly isInteger?: boolean;
  readonly isAboveMin?: boolean;
}

const BOUNDS = {
  temperature: { min: 0, max: 100 },
  topK: { min: 0, max: 2 ** 32 - 1, isInteger: true },
  topP: { min: 0, max: 1, isAboveMin: true },
  minP: { min: 0, max: 1 },
  repetitionPenalty: { min: 0, max: 100, isAboveMin: true },
  presencePenalty: { min: -100, max: 100 },
  frequencyPenalty: { min: -100, max: 100 },
  seed: { min: 0, max: 2 ** 32 - 1, isInteger: true },
  maxTokens: { min: 0, max: 2 ** 31, isInteger: true },
  topLogProbs: { min: 0, max: MAX_TOP_LOG_PROBS, isInteger: true },
} as const satisfies Record<string, Bound>;

/** Below, quotients overflow f32, and the likeliest token wins anyway. */
const LEAST_TEMPERATURE = 1e-4;
/** Below, f32 could not tell it from 0; it keeps the likeliest token alone as well. */
const LEAST_TOP_P = 1e-6;

/** Sampling options of a model, where the caller sets none. */
export type SamplingDefaults = Omit<SamplingParams, "seed" | "hasBias">;

/**
 * Takes a model's sampling options from its `generation_config.json`.
 *
 * @param defaults What the file says.
 * @returns Options; temperature 0 where it does not ask for sampling.
 */
export function defaultSampling(
  defaults: GenerationDefaults,
): SamplingDefaults {
  const isSampling = defaults.doSample ?? false;
  return {
    temperature: isSampling ? defaults.temperature ?? 1 : 0,
    topK: defaults.topK ?? 0,
    topP: defaults.topP ?? 1,
    minP: defaults.minP ?? 0,
    repetitionPenalty: defaults.repetitionPenalty ?? 1,
    presencePenalty: 0,
    frequencyPenalty: 0,
  };
}

/**
 * Fills in and checks the options of a generation.
 *
 * @param options Options as the caller gave them.
 * @param model What the model says, and the ids that a bias may name, `V`.
 * @returns Every sampling option, with a random seed where none was given.
 * @throws {TypeError} If an option is not a number, or two contradict each other.
 * @throws {RangeError} If an option is out of its range.
 */
export function resolveSampling(
  options: GenerateOptions,
  model: {
    readonly defaults: SamplingDefaults;
    readonly vocabSize: number;
  },
): SamplingParams {
  const { defaults, vocabSize } = model;
  for (const [name, bound] of Object.entries(BOUNDS)) {
    const value = options[name as keyof typeof BOUNDS];
    if (value !== undefined) checkNumber(name, value, bound);
  }
  const logitBias = options.logitBias ?? new Map<number, number>();
  for (const [id, value] of logitBias) {
    checkNumber("logitBias id", id, {
      min: 0,
      max: vocabSize - 1,
      isInteger: true,
    });
    checkNumber(`logitBias of ${id}`, value, { min: -1e4, max: 1e4 });
  }
  if (options.grammar !== undefined && options.ignoreEos === true) {
    throw new TypeError(
      'Cannot generate as "ignoreEos" must not be set where a grammar says when the text ends: it is',
    );
  }
  const pick = (name: keyof SamplingDefaults): number =>
    options[name] ?? defaults[name];
  const temperature = pick("temperature");
  return {
    temperature: temperature < LEAST_TEMPERATURE ? 0 : temperature,
    topK: pick("topK"),
    topP: Math.max(pick("topP"), LEAST_TOP_P),
    minP: pick("minP"),
    repetitionPenalty: pick("repetitionPenalty"),
    presencePenalty: pick("presencePenalty"),
    frequencyPenalty: pick("frequencyPenalty"),
    seed: options.seed ?? crypto.getRandomValues(new Uint32Array(1))[0] ?? 0,
    hasBias: logitBias.size > 0,
  };
}

function checkNumber(name: string, value: unknown, bound: Bound): void {
  if (typeof value !== "number") {
    throw new TypeError(
      `Cannot generate as "${name}" must be a number: ${typeof value}`,
    );
  }
  const { min, max, isInteger = false, isAboveMin = false } = bound;
  const isInside = value >= min && value <= max &&
    !(isAboveMin && value === min);
  if (!isInside || (isInteger && !Number.isInteger(value))) {
    throw new RangeError(
      `Cannot generate as "${name}" must be ${
        isInteger ? "an integer" : "a number"
      } in ${isAboveMin ? "(" : "["}${min}, ${max}]: ${value}`,
    );
  }
}

const MAX_STOPS = 64;

/**
 * Checks the strings that end a text.
 *
 * @param stop Strings as the caller gave them.
 * @returns The strings.
 * @throws {TypeError} If they are not a list of strings.
 * @throws {RangeError} If one is empty, or there are too many.
 */
export function checkStop(
  stop: readonly string[] | undefined,
): readonly string[] {
  if (stop === undefined) return [];
  if (!Array.isArray(stop) || stop.some((text) => typeof text !== "string")) {
    throw new TypeError('Cannot generate as "stop" must be a list of strings');
  }
  if (stop.length > MAX_STOPS) {
    throw new RangeError(
      `Cannot generate as "stop" must have at most ${MAX_STOPS} strings: ${stop.length}`,
    );
  }
  if (stop.includes("")) {
    throw new RangeError('Cannot generate as "stop" strings must not be empty');
  }
  return stop;
}
