/** How a byte-level tokenizer cuts a text before its pieces are merged. */
export interface GgufPreTokenizer {
  /** Regular expressions, each of which cuts the pieces of the one before round its matches. */
  readonly patterns: readonly string[];
  /** A piece that is a token is not merged from its characters. */
  readonly ignoresMerges?: boolean;
  /** A text begins with a token for it where the file does not say. */
  readonly addsBos?: boolean;
}

const GPT2 =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
const CONTRACTIONS =
  "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])";
const SPACES = "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
const LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
const CJK = "[一-龥ࠀ-一가-퟿]+";

/** Words that begin with any character but a line's end, digits by their number, signs with the lines' ends behind. */
function words(digits: string): string {
  return `${CONTRACTIONS}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|${SPACES}`;
}

/** Words that end where a small letter is followed by a large one. */
function casedWords(digits: string, ending: string): string {
  const start = "[^\\r\\n\\p{L}\\p{N}]?";
  return `${start}${UPPER}*${LOWER}+${ending}|${start}${UPPER}+${LOWER}*${ending}|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|${SPACES}`;
}

const BY_GPT2: GgufPreTokenizer = { patterns: [GPT2] };
const BY_DIGIT: GgufPreTokenizer = { patterns: ["\\p{N}", GPT2] };
const BY_LLAMA3: GgufPreTokenizer = {
  patterns: [words("\\p{N}{1,3}")],
  ignoresMerges: true,
  addsBos: true,
};
const BY_CL100K: GgufPreTokenizer = { patterns: [words("\\p{N}{1,3}")] };
const BY_QWEN2: GgufPreTokenizer = { patterns: [words("\\p{N}")] };
const BY_GPT4O: GgufPreTokenizer = {
  patterns: [casedWords("\\p{N}{1,3}", `${CONTRACTIONS}?`)],
};

/**
 * Ways to cut a text, by the names that `tokenizer.ggml.pre` has for them.
 *
 * Source: llama.cpp's `llama-vocab.cpp`; where it approximates a model's own expression, the model's.
 */
export const GGUF_PRE_TOKENIZERS: Readonly<Record<string, GgufPreTokenizer>> = {
  default: {
    patterns: ["[\\p{P}$+<=>^~|]+", GPT2, "\\p{N}+", "[0-9][0-9][0-9]"],
  },
  "gpt-2": BY_GPT2,
  "phi-2": BY_GPT2,
  "roberta-bpe": BY_GPT2,
  mpt: BY_GPT2,
  olmo: BY_GPT2,
  jais: BY_GPT2,
  starcoder: BY_DIGIT,
  refact: BY_DIGIT,
  "command-r": BY_DIGIT,
  smollm: BY_DIGIT,
  codeshell: BY_DIGIT,
  exaone: BY_DIGIT,
  "minerva-7b": BY_DIGIT,
  "llama-bpe": BY_LLAMA3,
  llama3: BY_LLAMA3,
  "llama-v3": BY_LLAMA3,
  falcon3: BY_LLAMA3,
  pixtral: BY_LLAMA3,
  dbrx: BY_CL100K,
  "smaug-bpe": BY_CL100K,
  "chatglm-bpe": BY_CL100K,
  qwen2: BY_QWEN2,
  "deepseek-r1-qwen": BY_QWEN2,
  stablelm2: BY_QWEN2,
  "gpt-4o": BY_GPT4O,
  llama4: BY_GPT4O,
  tekken: {
    patterns: [casedWords("\\p{N}", "")],
    ignoresMerges: true,
    addsBos: true,
  },
  falcon: {
    patterns: ["[\\p{P}$+<=>^~|`]+", GPT2, "[0-9][0-9][0-9]"],
  },
  "deepseek-llm": {
    patterns: [
      "[\\r\\n]",
      "\\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-ώᾀ-ᾴᾶ-ᾼιῂ-ῄῆ-ῌῐ-ΐῖ-Ίῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤΩℨK-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃]+",
      "\\s?[!-/:-~！-／：-～‘-‟　-。]+",
      "\\s+$",
      CJK,
      "\\p{N}+",
    ],
  },
  "deepseek-coder": {
    patterns: ["[\\r\\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", CJK, "\\p{N}"],
  },
  "deepseek-v3": {
    patterns: [
      "\\p{N}{1,3}",
      "[一-龥぀-ゟ゠-ヿ]+",
      `[!"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_\`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|${SPACES}`,
    ],
  },
};
