import {
  biases,
  choice,
  flag,
  ids,
  number,
  text,
  texts,
} from "./option_kinds.ts";
import { BENCH_OPTIONS } from "./bench_option_table.ts";
import { option, type OptionSpec } from "./option_spec.ts";
import { SERVE_OPTIONS } from "./serve_option_table.ts";
import { TRAIN_OPTIONS } from "./train_option_table.ts";
import { TREE_KIND } from "./tree_kind.ts";
import { UsageError } from "./usage_error.ts";
import type {
  GenerateOptions,
  LoadOptions,
  SamplingOptions,
  TreeOptions,
} from "../decode/mod.ts";

const UINT32 = { min: 0, max: 2 ** 32 - 1, isInteger: true };
const PENALTY = { min: -100, max: 100 };

/** Every option of every command: how it is read, and what help says of it; hidden without help. */
export const OPTIONS = {
  model: option(
    text("MODEL"),
    "the model's folder or .gguf file, hf:org/name[@revision][:file] of the Hugging Face Hub, or an https: address; default: the one that comes along",
  ),
  draft: option(
    text("DIR|none"),
    "the drafter's folder, hf:org/name[@revision], or none; default: drafter in the model's, if any",
  ),
  tree: option(
    TREE_KIND,
    "most nodes of a draft tree, root included, or the static tree of Jakiro*; changes speed, never text; default: auto, the fastest",
  ),
  treeDepth: option(
    number("N", { min: 2, max: 9, isInteger: true }),
    "levels that are drafted before the last",
  ),
  treeTopK: option(
    number("N", { min: 1, max: 16, isInteger: true }),
    "candidates a node, and nodes expanded a level",
  ),
  draftVocab: option(
    number("N", { min: 16, max: 2 ** 22, isInteger: true }),
    "tokens that are drafted from, the vocabulary's first ones; changes speed, never text; default: all",
  ),
  showDrafts: option(
    flag(),
    "colours text that the drafter had proposed, on a terminal",
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
    "seed of all that is random: the same seed gives the same result",
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
  quantize: option(
    choice("q8|q4", ["q8", "q4"]),
    "rounds weights to 8 or 4 bits as they are loaded",
  ),
  kvCache: option(
    choice("TYPE", ["auto", "f32", "f16", "q8"]),
    "how keys and values are stored, q8 in 8 bits; default: auto, as numbers of the model's type",
  ),
  dtype: option(
    choice("TYPE", ["auto", "f16", "f32"]),
    "type of stored numbers; auto is f16 where GPU and model have it",
  ),
  promptIds: option(ids("IDS"), "takes the prompt as token ids: 1,403,407"),
  raw: option(flag(), "takes texts as they are, without the chat template"),
  system: option(text("TEXT"), "begins the conversation with instructions"),
  ...TRAIN_OPTIONS,
  ...SERVE_OPTIONS,
  ...BENCH_OPTIONS,
  json: option(flag(), "prints one JSON object"),
  quiet: option(flag(), "prints nothing but the result and errors"),
  help: option(flag(), "prints this help"),
  debug: option(flag(), null),
} as const satisfies Readonly<Record<string, OptionSpec<unknown>>>;

/** Name of an option in code; on the command line it is written with dashes. */
export type OptionName = keyof typeof OPTIONS;

type ValueOf<Spec> = Spec extends OptionSpec<infer T> ? T : never;

/** What a command line sets. */
export type OptionValues = {
  readonly [Name in OptionName]?: ValueOf<(typeof OPTIONS)[Name]>;
};

/** Options that say how to choose tokens. */
export const SAMPLING_OPTIONS = [
  "temperature",
  "topK",
  "topP",
  "minP",
  "repetitionPenalty",
  "presencePenalty",
  "frequencyPenalty",
  "seed",
  "logitBias",
] as const satisfies readonly (OptionName & keyof SamplingOptions)[];

/** Options that say how to choose tokens and when to end. */
export const GENERATION_OPTIONS = [
  "maxTokens",
  ...SAMPLING_OPTIONS,
  "stop",
  "ignoreEos",
] as const satisfies readonly (OptionName & keyof GenerateOptions)[];

/** Options that say who drafts, and which trees. */
export const DRAFTING_OPTIONS = [
  "draft",
  "draftVocab",
  "tree",
  "treeDepth",
  "treeTopK",
] as const satisfies readonly OptionName[];

/** Options that say how a model is loaded. */
export const LOADING_OPTIONS = [
  "context",
  "dtype",
  "quantize",
  "kvCache",
] as const satisfies readonly OptionName[];

/** Options of every command. */
export const EVERYWHERE_OPTIONS = [
  "help",
  "debug",
] as const satisfies readonly OptionName[];

/** Writes an option's name as on the command line: `--top-k`. */
export function optionFlag(name: OptionName): string {
  const { flag = name }: OptionSpec<unknown> = OPTIONS[name];
  return `--${
    flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  }`;
}

/** Picks the options of a generation out of what a command line sets. */
export function generateOptions(values: OptionValues): GenerateOptions {
  return pickOptions(values, GENERATION_OPTIONS);
}

/** Picks the options that say how to choose tokens out of what a command line sets. */
export function samplingOptions(values: OptionValues): SamplingOptions {
  return pickOptions(values, SAMPLING_OPTIONS);
}

/**
 * Picks the options of loading a model out of what a command line sets.
 *
 * @throws {UsageError} If a static tree is given sizes.
 */
export function loadOptions(values: OptionValues): LoadOptions {
  const { context, dtype = "auto", draft, draftVocab } = values;
  const { quantize, kvCache } = values;
  return {
    dtype,
    ...context === undefined ? {} : { contextLength: context },
    ...draft === undefined ? {} : { draft },
    ...draftVocab === undefined ? {} : { draftVocab },
    ...quantize === undefined ? {} : { quantize },
    ...kvCache === undefined ? {} : { kvCache },
    tree: treeOptions(values),
  };
}

function treeOptions(values: OptionValues): "auto" | TreeOptions {
  const { tree, treeDepth, treeTopK } = values;
  if (tree === "static") {
    const sizes = ["treeDepth", "treeTopK"] as const;
    const size = sizes.find((name) => values[name] !== undefined);
    if (size === undefined) return { shape: "static" };
    throw new UsageError(
      `Cannot draft a static tree as its sizes are fixed: found ${
        optionFlag(size)
      }`,
    );
  }
  const isOpen = treeDepth === undefined && treeTopK === undefined;
  if (tree === "auto" || tree === undefined && isOpen) return "auto";
  return {
    ...tree === undefined ? {} : { numNodes: tree },
    ...treeDepth === undefined ? {} : { depth: treeDepth },
    ...treeTopK === undefined ? {} : { topK: treeTopK },
  };
}

function pickOptions(
  values: OptionValues,
  names: readonly OptionName[],
): OptionValues {
  return Object.fromEntries(
    names.filter((name) => values[name] !== undefined)
      .map((name) => [name, values[name]]),
  );
}
