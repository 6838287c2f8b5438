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

/** Cased letters of a Unicode of its time, by number: text tools change some to equivalents elsewhere. */
const DEEPSEEK_LETTERS = [
  "A-Za-z\\u{b5}\\u{c0}-\\u{d6}\\u{d8}-\\u{f6}\\u{f8}-\\u{1ba}",
  "\\u{1bc}-\\u{1bf}\\u{1c4}-\\u{293}\\u{295}-\\u{2af}",
  "\\u{370}-\\u{373}\\u{376}\\u{377}\\u{37b}-\\u{37d}\\u{37f}\\u{386}",
  "\\u{388}-\\u{38a}\\u{38c}\\u{38e}-\\u{3a1}\\u{3a3}-\\u{3f5}",
  "\\u{3f7}-\\u{481}\\u{48a}-\\u{52f}\\u{531}-\\u{556}",
  "\\u{10a0}-\\u{10c5}\\u{13a0}-\\u{13f5}\\u{13f8}-\\u{13fd}",
  "\\u{1c90}-\\u{1cba}\\u{1cbd}-\\u{1cbf}\\u{1d00}-\\u{1d2b}",
  "\\u{1d6b}-\\u{1d77}\\u{1d79}-\\u{1d9a}\\u{1e00}-\\u{1f15}",
  "\\u{1f18}-\\u{1f1d}\\u{1f20}-\\u{1f45}\\u{1f48}-\\u{1f4d}",
  "\\u{1f50}-\\u{1f57}\\u{1f59}\\u{1f5b}\\u{1f5d}\\u{1f5f}-\\u{1f7d}",
  "\\u{1f80}-\\u{1fb4}\\u{1fb6}-\\u{1fbc}\\u{1fbe}\\u{1fc2}-\\u{1fc4}",
  "\\u{1fc6}-\\u{1fcc}\\u{1fd0}-\\u{1fd3}\\u{1fd6}-\\u{1fdb}",
  "\\u{1fe0}-\\u{1fec}\\u{1ff2}-\\u{1ff4}\\u{1ff6}-\\u{1ffc}\\u{2102}",
  "\\u{2107}\\u{210a}-\\u{2113}\\u{2115}\\u{2119}-\\u{211d}\\u{2124}",
  "\\u{2126}\\u{2128}\\u{212a}-\\u{212d}\\u{212f}-\\u{2134}\\u{2139}",
  "\\u{213c}-\\u{213f}\\u{2145}-\\u{2149}\\u{214e}\\u{2183}\\u{2184}",
  "\\u{2c00}-\\u{2c7b}\\u{2c7e}-\\u{2ce4}\\u{2ceb}-\\u{2cee}\\u{2cf2}",
  "\\u{2cf3}\\u{a640}-\\u{a66d}\\u{a680}-\\u{a69b}\\u{a722}-\\u{a76f}",
  "\\u{a771}-\\u{a787}\\u{a78b}-\\u{a78e}\\u{ab70}-\\u{abbf}",
  "\\u{fb00}-\\u{fb06}\\u{fb13}-\\u{fb17}\\u{ff21}-\\u{ff3a}",
  "\\u{ff41}-\\u{ff5a}\\u{10400}-\\u{1044f}\\u{104b0}-\\u{104d3}",
  "\\u{104d8}-\\u{104fb}\\u{10c80}-\\u{10cb2}\\u{10cc0}-\\u{10cf2}",
  "\\u{118a0}-\\u{118df}\\u{1e900}-\\u{1e943}",
].join("");

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
      `\\s?[${DEEPSEEK_LETTERS}]+`,
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
