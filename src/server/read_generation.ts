import type { Fields } from "./fields.ts";
import type { GenerateOptions } from "../decode/mod.ts";
import type { HandlerLimits } from "./handler_options.ts";
import { ApiError } from "./api_error.ts";
import { readList } from "./fields.ts";
import { readSampling } from "./read_sampling.ts";
import { refuseType, refuseValue } from "./field_errors.ts";

/** What a request asks for besides its prompt. */
export interface GenerationRequest {
  /** How tokens are chosen and when to end. */
  readonly options: GenerateOptions;
  /** Seed of the first answer; that of each further one is one more. */
  readonly seed: number;
  /** Answers to each prompt. */
  readonly numChoices: number;
  /** Pieces of the answer are sent as they come. */
  readonly isStreaming: boolean;
  /** The stream ends with the count of tokens. */
  readonly includesUsage: boolean;
  /** Pieces say which of their tokens were drafted. */
  readonly includesDrafts: boolean;
}

const MAX_TOKENS = 2 ** 31;
/** Characters of a string that ends a text: of what may be one, all is compared with each. */
const MAX_STOP_LENGTH = 1024;

/**
 * Reads the fields that chats and completions share.
 *
 * @param fields The request's.
 * @param bounds Limits, and ids that there are.
 * @returns What is asked for.
 * @throws {ApiError} A field is out of range or of the wrong type.
 */
export function readGeneration(
  fields: Fields,
  bounds: {
    readonly limits: HandlerLimits;
    readonly vocabSize: number;
    readonly tokenLimits: readonly string[];
  },
): GenerationRequest {
  const { limits } = bounds;
  const { seed, ...sampling } = readSampling(fields, bounds.vocabSize);
  const stop = readStop(fields, limits.maxStops);
  const maxTokens = readMaxTokens(fields, bounds.tokenLimits);
  const ignoreEos = fields.boolean("ignore_eos") ?? false;
  const isStreaming = fields.boolean("stream") ?? false;
  const numChoices = fields.number("n", {
    min: 1,
    max: limits.maxChoices,
    isInteger: true,
  }) ?? 1;
  // A name for the client's own user, which changes nothing.
  fields.string("user");
  return {
    options: {
      ...sampling,
      stop,
      ignoreEos,
      ...maxTokens === undefined ? {} : { maxTokens },
    },
    seed,
    numChoices,
    isStreaming,
    ...readStreamOptions(fields, isStreaming),
  };
}

function readStreamOptions(
  fields: Fields,
  isStreaming: boolean,
): Pick<GenerationRequest, "includesUsage" | "includesDrafts"> {
  const options = fields.object("stream_options");
  if (options !== undefined && !isStreaming) {
    throw new ApiError(
      "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
      { status: 400, param: "stream_options", code: "invalid_value" },
    );
  }
  const read = {
    includesUsage: options?.boolean("include_usage") ?? false,
    includesDrafts: options?.boolean("include_drafts") ?? false,
  };
  // Meant against guessing from the sizes of encrypted packets, which is for whoever encrypts.
  options?.boolean("include_obfuscation");
  options?.finish();
  return read;
}

/** Two names for one bound: the later one of the OpenAI API, and the first. */
function readMaxTokens(
  fields: Fields,
  names: readonly string[],
): number | undefined {
  const given = names
    .map((name) =>
      fields.number(name, { min: 1, max: MAX_TOKENS, isInteger: true })
    )
    .filter((value) => value !== undefined);
  if (new Set(given).size > 1) {
    throw new ApiError(
      `Invalid value for '${names[1]}': expected it alone, or the same as '${
        names[0]
      }'.`,
      { status: 400, param: names[1] ?? null, code: "invalid_value" },
    );
  }
  return given[0];
}

function readStop(fields: Fields, maxStops: number): readonly string[] {
  const value = fields.any("stop");
  if (value === undefined) return [];
  const param = fields.param("stop");
  const stops = typeof value === "string"
    ? [value]
    : readList(param, value, maxStops);
  return stops.map((stop, index) => {
    const place = typeof value === "string" ? param : `${param}[${index}]`;
    if (typeof stop !== "string") {
      return refuseType(place, { expected: "a string", found: stop });
    }
    if (stop !== "" && stop.length <= MAX_STOP_LENGTH) return stop;
    return refuseValue(place, {
      rule: `a string of 1 to ${MAX_STOP_LENGTH} characters`,
      found: stop,
    });
  });
}
