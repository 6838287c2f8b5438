import { ConfigFields } from "./config_fields.ts";
import type { JsonObject } from "./json.ts";

/** How a model's makers sample from it; `null` where they do not say. */
export interface GenerationDefaults {
  /** Sample, rather than take the likeliest token. */
  readonly doSample: boolean | null;
  /** Divides the logits. */
  readonly temperature: number | null;
  /** Keeps the `topK` largest logits; 0 keeps all. */
  readonly topK: number | null;
  /** Keeps the fewest most likely tokens whose probabilities sum to `topP`. */
  readonly topP: number | null;
  /** Keeps tokens at least `minP` times as likely as the likeliest. */
  readonly minP: number | null;
  /** Divides positive and multiplies negative logits of tokens in the context. */
  readonly repetitionPenalty: number | null;
}

/** What a model's `generation_config.json` says, checked. */
export interface GenerationConfig {
  /** How to sample. */
  readonly defaults: GenerationDefaults;
  /** Starts a text. */
  readonly bosTokenId: number | null;
  /** Each ends a text. */
  readonly eosTokenIds: readonly number[];
}

/**
 * Reads the object in a model's `generation_config.json`; an empty one stands for no file.
 *
 * @param json The file's content.
 * @param options The file, as error messages name it, and the model's vocabulary size.
 * @throws {TypeError} A field is of the wrong type.
 * @throws {RangeError} A field is out of range.
 */
export function parseGenerationConfig(
  json: JsonObject,
  options: { readonly file: string; readonly vocabSize: number },
): GenerationConfig {
  const fields = new ConfigFields(json, options);
  const tokenIds = { min: 0, max: options.vocabSize - 1 };
  return {
    defaults: {
      doSample: fields.optionalBoolean("do_sample"),
      temperature: fields.optionalNumber("temperature", { min: 0, max: 1e4 }),
      topK: fields.optionalInteger("top_k", { min: 0, max: 2 ** 31 }),
      topP: fields.optionalNumber("top_p", {
        min: 0,
        max: 1,
        isAboveMin: true,
      }),
      minP: fields.optionalNumber("min_p", { min: 0, max: 1 }),
      repetitionPenalty: fields.optionalNumber("repetition_penalty", {
        min: 0,
        max: 1e4,
        isAboveMin: true,
      }),
    },
    bosTokenId: fields.optionalInteger("bos_token_id", tokenIds),
    eosTokenIds: fields.integers("eos_token_id", tokenIds),
  };
}
