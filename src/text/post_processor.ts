import { isJsonObject, type JsonObject } from "./json_object.ts";
import { refuseValue } from "./refuse.ts";

// The reference rebuilds the post-processor of these classes from the configuration.
const LLAMA_CLASSES: readonly unknown[] = [
  "LlamaTokenizer",
  "LlamaTokenizerFast",
];

/**
 * Says which special tokens are put round a text.
 *
 * That is `post_processor` of `tokenizer.json`, unless `tokenizer_config.json` names a Llama class
 * and says `add_bos_token` or `add_eos_token`: some models' files rely on that alone.
 *
 * @param json The `tokenizer.json`.
 * @param config The `tokenizer_config.json`.
 * @param file The latter, as error messages name it.
 * @throws {RangeError} A token is to be added, and none is named.
 */
export function exactPostProcessor(
  json: JsonObject,
  config: JsonObject,
  file: string,
): unknown {
  const isSaid = typeof config.add_bos_token === "boolean" ||
    typeof config.add_eos_token === "boolean";
  if (!LLAMA_CLASSES.includes(config.tokenizer_class) || !isSaid) {
    return json.post_processor ?? null;
  }
  const single: JsonObject[] = [{ Sequence: { id: "A", type_id: 0 } }];
  if (config.add_bos_token !== false) {
    single.unshift(specialToken(config, "bos_token", file));
  }
  if (config.add_eos_token === true) {
    single.push(specialToken(config, "eos_token", file));
  }
  return { type: "TemplateProcessing", single, pair: single };
}

/**
 * Reads the text of a special token that a `tokenizer_config.json` names.
 *
 * @param config The `tokenizer_config.json`.
 * @param key `bos_token`, say.
 * @returns The text, or `null` if there is none.
 */
export function namedToken(config: JsonObject, key: string): string | null {
  const token = config[key];
  const content = isJsonObject(token) ? token.content : token;
  return typeof content === "string" ? content : null;
}

function specialToken(
  config: JsonObject,
  key: string,
  file: string,
): JsonObject {
  const id = namedToken(config, key) ??
    refuseValue({ file, rule: `${key} must be text`, found: config[key] });
  return { SpecialToken: { id, type_id: 0 } };
}
