import { isJsonObject, type JsonObject } from "./json_object.ts";
import { refuseType, refuseValue } from "./refuse.ts";

/** Options of `exactPreTokenizer`. */
export interface PreTokenizerOptions {
  /** The file, as error messages name it. */
  readonly file: string;
  /** Cuts between words too: no token of the vocabulary has a `▁` behind another character. */
  readonly isCutBetweenWords: boolean;
}

// What the reference splits at without being told, in the file's own regular expressions.
const GPT2_WORDS =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
const PUNCTUATION = "[\\p{P}!-/:-@\\x5b-\\x60\\x7b-\\x7e]";
const NUMERIC = "\\p{N}";
const METASPACE_WORDS = "▁*[^▁]+|▁+";
const METASPACE_PIECES = "▁[^▁]*|[^▁]+";

/**
 * Says how a text is cut before its pieces are merged, in parts that `@huggingface/tokenizers`
 * computes as the reference implementation (the Rust crate `tokenizers`) does: others it accepts
 * and computes differently, so they are rewritten or refused.
 *
 * Where no merge reaches from one word to the next, a text that the reference does not cut is cut
 * there. That changes no id, and the pieces are short and often found in a cache.
 *
 * @param config `pre_tokenizer` of a `tokenizer.json`.
 * @param options The file, and what is known of the vocabulary.
 * @returns The same, rewritten.
 * @throws {TypeError} A part is not an object.
 * @throws {RangeError} A part is of an unsupported kind.
 */
export function exactPreTokenizer(
  config: unknown,
  options: PreTokenizerOptions,
): JsonObject | null {
  if (config === null || config === undefined) {
    return options.isCutBetweenWords ? splitAt(METASPACE_WORDS) : null;
  }
  return exactPart(config, options);
}

function exactPart(part: unknown, options: PreTokenizerOptions): JsonObject {
  const { file } = options;
  if (!isJsonObject(part)) {
    refuseType({ file, rule: "pre_tokenizer must be an object", found: part });
  }
  switch (part.type) {
    case "Sequence":
      return exactSequence(part, options);
    case "Split":
      return exactSplit(part, options);
    case "ByteLevel":
      return exactByteLevel(part);
    case "Metaspace":
      return exactMetaspace(part, options);
    case "Digits":
      return splitAt(part.individual_digits === true ? NUMERIC : `${NUMERIC}+`);
    case "Punctuation":
      return exactPunctuation(part, options);
    default:
      return refuseValue({
        file,
        rule:
          "pre_tokenizer must be made of Sequence, Split, ByteLevel, Metaspace, Digits and Punctuation",
        found: part.type,
      });
  }
}

function exactSequence(
  part: JsonObject,
  options: PreTokenizerOptions,
): JsonObject {
  if (!Array.isArray(part.pretokenizers)) {
    refuseType({
      file: options.file,
      rule: "pre_tokenizer.pretokenizers must be a list",
      found: part.pretokenizers,
    });
  }
  return sequence(part.pretokenizers.map((inner) => exactPart(inner, options)));
}

// The library inverts by dropping what lies between the matches: right for one behavior only.
function exactSplit(
  part: JsonObject,
  options: PreTokenizerOptions,
): JsonObject {
  if (part.behavior === "Isolated") return { ...part, invert: false };
  if (part.behavior === "Removed" && part.invert === true) return part;
  return refuseValue({
    file: options.file,
    rule:
      'pre_tokenizer Split must have the behavior "Isolated", or "Removed" and be inverted',
    found: part.behavior,
  });
}

// As a Split, the regular expression has Unicode's `\s`; a Metaspace of spaces puts one in front.
function exactByteLevel(part: JsonObject): JsonObject {
  if (part.use_regex === false) return part;
  const prefix: JsonObject = {
    type: "Metaspace",
    replacement: " ",
    prepend_scheme: "always",
  };
  return sequence([
    ...(part.add_prefix_space === true ? [prefix] : []),
    splitAt(GPT2_WORDS),
    { ...part, add_prefix_space: false, use_regex: false },
  ]);
}

function exactMetaspace(
  part: JsonObject,
  { file, isCutBetweenWords }: PreTokenizerOptions,
): JsonObject {
  if ((part.replacement ?? "▁") !== "▁") {
    refuseValue({
      file,
      rule: 'pre_tokenizer Metaspace must have the replacement "▁"',
      found: part.replacement,
    });
  }
  const scheme = part.prepend_scheme ??
    (part.add_prefix_space === false ? "never" : "always");
  const metaspace: JsonObject = { type: "Metaspace", prepend_scheme: scheme };
  if (part.split !== false) {
    return sequence([metaspace, splitAt(METASPACE_PIECES)]);
  }
  return isCutBetweenWords
    ? sequence([metaspace, splitAt(METASPACE_WORDS)])
    : metaspace;
}

function exactPunctuation(
  part: JsonObject,
  { file }: PreTokenizerOptions,
): JsonObject {
  const behavior = part.behavior ?? "Isolated";
  if (behavior === "Isolated") return splitAt(PUNCTUATION);
  if (behavior === "Contiguous") return splitAt(`${PUNCTUATION}+`);
  return refuseValue({
    file,
    rule:
      'pre_tokenizer Punctuation must have the behavior "Isolated" or "Contiguous"',
    found: behavior,
  });
}

function sequence(pretokenizers: readonly JsonObject[]): JsonObject {
  return { type: "Sequence", pretokenizers };
}

function splitAt(pattern: string): JsonObject {
  return {
    type: "Split",
    pattern: { Regex: pattern },
    behavior: "Isolated",
    invert: false,
  };
}
