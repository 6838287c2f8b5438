import type { Fields } from "./fields.ts";
import { type GenerationRequest, readGeneration } from "./read_generation.ts";
import type { HandlerLimits } from "./handler_options.ts";
import { type Prompt, readPrompts } from "./read_prompts.ts";
import { readNeutral } from "./read_neutral.ts";
import { refuseUnsupported, refuseValue } from "./field_errors.ts";
import type { ServedModel } from "./served_model.ts";

/** What a completion asks for. */
export interface CompletionRequest extends GenerationRequest {
  /** Texts to continue, and how each is named in errors. */
  readonly prompts: readonly {
    readonly prompt: Prompt;
    readonly param: string;
  }[];
  /** Answers begin with the prompt. */
  readonly echoes: boolean;
}

/** Most that can be told of what else could have been. */
const MAX_TOP = 20;
/** Tokens of a completion where nothing is said, as in the OpenAI API. */
const DEFAULT_TOKENS = 16;

/**
 * Reads the body of a completion.
 *
 * @param fields Its fields.
 * @param model Who is to continue.
 * @param limits Bounds.
 * @returns What is asked for.
 * @throws {ApiError} A field is unknown, or is not what it must be.
 */
export function readCompletionRequest(
  fields: Fields,
  model: ServedModel,
  limits: HandlerLimits,
): CompletionRequest {
  const { vocabSize } = model.config;
  const { maxInputs } = limits;
  const prompts = readPrompts(fields, "prompt", { maxInputs, vocabSize });
  const { options, ...request } = readGeneration(fields, {
    limits,
    vocabSize,
    tokenLimits: ["max_tokens"],
  });
  const top = fields.number("logprobs", {
    min: 0,
    max: MAX_TOP,
    isInteger: true,
  });
  const echoes = fields.boolean("echo") ?? false;
  if (echoes && top !== undefined) {
    refuseUnsupported(
      "echo",
      "cannot be combined with 'logprobs', as those of a prompt are not computed",
    );
  }
  checkBestOf(fields, request.numChoices);
  if ((fields.string("suffix") ?? "") !== "") {
    refuseUnsupported(
      "suffix",
      "is not supported, as models here only continue texts",
    );
  }
  readNeutral(fields);
  fields.finish();
  return {
    ...request,
    prompts,
    echoes,
    options: {
      ...options,
      maxTokens: options.maxTokens ?? DEFAULT_TOKENS,
      ...top === undefined ? {} : { logProbs: true, topLogProbs: top },
    },
  };
}

/** As many as are asked for anyway are the best of themselves. */
function checkBestOf(fields: Fields, numChoices: number): void {
  const bestOf = fields.number("best_of", {
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    isInteger: true,
  });
  if (bestOf === undefined || bestOf === numChoices) return;
  refuseValue("best_of", {
    rule: `nothing, or as many as 'n' (${numChoices})`,
    found: bestOf,
    code: "unsupported_value",
  });
}
