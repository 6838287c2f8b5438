import {
  biases,
  choice,
  flag,
  ids,
  number,
  type OptionKind,
  text,
  texts,
} from "./option_kinds.ts";
import type { GenerateOptions } from "../decode/mod.ts";

const UINT32 = { min: 0, max: 2 ** 32 - 1, isInteger: true };
const PENALTY = { min: -100, max: 100 };

/** Every option of every command: how it is read, and what help says of it; hidden without help. */
export const OPTIONS = {
  model: option(
    text("DIR"),
    "the model's folder; default: the small one that comes along",
  ),
  maxTokens: option(
    number("N", { min: 0, max: 2 ** 31, isInteger: true }),
    "most tokens to generate; default: as many as the context holds",
  ),
  temperature: option(
    number("X", { min: 0, max: 100 }),
    "divides the logits; 0 takes the likeliest token",
  ),
  topK: option(
    number("N", UINT32),
    "keeps the N likeliest tokens; 0 keeps all",
  ),
  topP: option(
    number("X", { min: 0, max: 1, isAboveMin: true }),
    "keeps the fewest likeliest tokens that sum to X",
  ),
  minP: option(
    number("X", { min: 0, max: 1 }),
    "keeps tokens at least X times as likely as the likeliest",
  ),
  repetitionPenalty: option(
    number("X", { min: 0, max: 100, isAboveMin: true }),
    "makes tokens of prompt and text less likely; 1 is off",
  ),
  presencePenalty: option(
    number("X", PENALTY),
    "subtracted from the logits of tokens of the text",
  ),
  frequencyPenalty: option(
    number("X", PENALTY),
    "the same, once for each time they occur",
  ),
  seed: option(
    number("N", UINT32),
    "seed of the noise: the same seed gives the same text",
  ),
  stop: option(texts("TEXT"), "ends the text before TEXT; repeatable"),
  logitBias: option(
    biases("ID=X", { min: -1e4, max: 1e4 }),
    "adds X to the logit of token ID; repeatable",
  ),
  ignoreEos: option(flag(), "goes on past the end of the text"),
  context: option(
    number("N", { min: 2, max: 2 ** 27, isInteger: true }),
    "most tokens of prompt and text together",
  ),
  dtype: option(
    choice("TYPE", ["auto", "f16", "f32"]),
    "type of stored numbers; auto is f16 where GPU and model have it",
  ),
  promptIds: option(ids("IDS"), "takes the prompt as token ids: 1,403,407"),
  raw: option(flag(), "takes texts as they are, without the chat template"),
  system: option(text("TEXT"), "begins the conversation with instructions"),
  json: option(flag(), "prints one JSON object"),
  quiet: option(flag(), "prints nothing but the result and errors"),
  help: option(flag(), "prints this help"),
  debug: option(flag(), null),
} as const satisfies Readonly<Record<string, OptionSpec<unknown>>>;

/** One option. */
export interface OptionSpec<T> {
  /** How its value is read. */
  readonly kind: OptionKind<T>;
  /** Its line of help, or null to hide it. */
  readonly help: string | null;
}

/** Name of an option in code; on the command line it is written with dashes. */
export type OptionName = keyof typeof OPTIONS;

type ValueOf<Spec> = Spec extends OptionSpec<infer T> ? T : never;

/** What a command line sets. */
export type OptionValues = {
  readonly [Name in OptionName]?: ValueOf<(typeof OPTIONS)[Name]>;
};

/** Options that say how to choose tokens and when to end. */
export const GENERATION_OPTIONS = [
  "maxTokens",
  "temperature",
  "topK",
  "topP",
  "minP",
  "repetitionPenalty",
  "presencePenalty",
  "frequencyPenalty",
  "seed",
  "stop",
  "logitBias",
  "ignoreEos",
] as const satisfies readonly (OptionName & keyof GenerateOptions)[];

/** Writes an option's name as on the command line: `--top-k`. */
export function optionFlag(name: OptionName): string {
  return `--${
    name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  }`;
}

/** Picks the options of a generation out of what a command line sets. */
export function generateOptions(values: OptionValues): GenerateOptions {
  return Object.fromEntries(
    GENERATION_OPTIONS.filter((name) => values[name] !== undefined)
      .map((name) => [name, values[name]]),
  );
}

function option<T>(kind: OptionKind<T>, help: string | null): OptionSpec<T> {
  return { kind, help };
}
