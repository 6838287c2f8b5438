import { BYTE_ALPHABET } from "./byte_alphabet.ts";
import { CHAT_TEMPLATE, SPECIAL_TOKENS } from "./chat_form.ts";
import { WORD_PATTERN } from "./count_words.ts";
import type { Merge } from "./merge.ts";

/** A tokenizer in Hugging Face's form. */
export interface TokenizerFilesToWrite {
  /** `tokenizer.json`. */
  readonly json: Readonly<Record<string, unknown>>;
  /** `tokenizer_config.json`. */
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * Writes merges down as Hugging Face does. Ids: special tokens, bytes, merges.
 *
 * @param merges What was learned.
 * @param options Longest text that the model takes.
 * @returns The files' contents.
 */
export function tokenizerFiles(
  merges: readonly Merge[],
  options: { readonly modelMaxLength: number },
): TokenizerFilesToWrite {
  const texts = [...BYTE_ALPHABET];
  const pairs = merges.map((merge) => {
    const pair = merge.map((token) => texts[token] ?? "");
    texts.push(pair.join(""));
    return pair;
  });
  const tokens = [...Object.values(SPECIAL_TOKENS), ...texts];
  const { begin, end } = SPECIAL_TOKENS;
  const json = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: Object.values(SPECIAL_TOKENS).map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        {
          type: "Split",
          pattern: { Regex: WORD_PATTERN },
          behavior: "Isolated",
          invert: false,
        },
        {
          type: "ByteLevel",
          add_prefix_space: false,
          trim_offsets: false,
          use_regex: false,
        },
      ],
    },
    post_processor: {
      type: "TemplateProcessing",
      single: [
        { SpecialToken: { id: begin, type_id: 0 } },
        { Sequence: { id: "A", type_id: 0 } },
      ],
      pair: [
        { SpecialToken: { id: begin, type_id: 0 } },
        { Sequence: { id: "A", type_id: 0 } },
        { Sequence: { id: "B", type_id: 0 } },
      ],
      special_tokens: { [begin]: { id: begin, ids: [0], tokens: [begin] } },
    },
    decoder: { type: "ByteLevel" },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: pairs,
    },
  };
  const config = {
    tokenizer_class: "PreTrainedTokenizerFast",
    bos_token: begin,
    eos_token: end,
    model_max_length: options.modelMaxLength,
    clean_up_tokenization_spaces: false,
    chat_template: CHAT_TEMPLATE,
  };
  return { json, config };
}
