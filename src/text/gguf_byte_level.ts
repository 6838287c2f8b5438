import type { GgufMetadata } from "./gguf_metadata.ts";
import { GGUF_PRE_TOKENIZERS } from "./gguf_pre_tokenizer.ts";
import { type GgufVocabulary, readGgufVocabulary } from "./gguf_vocabulary.ts";
import type { JsonObject } from "./json_object.ts";
import { readTokenizerFiles } from "./tokenizer_files.ts";
import type { TokenizerParts } from "./tokenizer_parts.ts";

const PRE = "tokenizer.ggml.pre";
const MERGES = "tokenizer.ggml.merges";

/**
 * Makes the byte-level tokenizer that a GGUF file's metadata describes.
 *
 * @throws {TypeError} A value has the wrong type.
 * @throws {RangeError} A value is wrong, or the way of cutting a text unknown.
 */
export function ggufByteLevel(metadata: GgufMetadata): TokenizerParts {
  const name = metadata.text(PRE) ?? "default";
  const preTokenizer = Object.hasOwn(GGUF_PRE_TOKENIZERS, name)
    ? GGUF_PRE_TOKENIZERS[name]
    : undefined;
  if (preTokenizer === undefined) {
    const known = Object.keys(GGUF_PRE_TOKENIZERS).join(", ");
    return metadata.refuse(PRE, `one of ${known}`);
  }
  const { patterns, ignoresMerges = false, addsBos = false } = preTokenizer;
  const vocabulary = readGgufVocabulary(metadata, { addsBos });
  const { tokens } = vocabulary;
  const json = {
    added_tokens: addedTokens(vocabulary),
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [...patterns.map(splitJson), {
        type: "ByteLevel",
        add_prefix_space: false,
        use_regex: false,
      }],
    },
    post_processor: postProcessor(vocabulary),
    decoder: { type: "ByteLevel" },
    model: {
      type: "BPE",
      vocab: Object.fromEntries(tokens.map((content, id) => [content, id])),
      merges: splitMerges(metadata),
      ignore_merges: ignoresMerges,
    },
  };
  return readTokenizerFiles({ json, name: metadata.file });
}

function addedTokens(
  { tokens, wholeIds, specialIds }: GgufVocabulary,
): readonly JsonObject[] {
  return [...wholeIds].flatMap((id) => {
    const content = tokens[id] ?? "";
    const special = specialIds.has(id);
    return content === "" ? [] : [{ id, content, special }];
  });
}

function splitJson(pattern: string): JsonObject {
  const behavior = "Isolated";
  return { type: "Split", pattern: { Regex: pattern }, behavior };
}

function postProcessor(
  { tokens, prefixIds, suffixIds }: GgufVocabulary,
): JsonObject {
  const special = (id: number): JsonObject => ({
    SpecialToken: { id: tokens[id] ?? "", type_id: 0 },
  });
  const single = [
    ...prefixIds.map(special),
    { Sequence: { id: "A", type_id: 0 } },
    ...suffixIds.map(special),
  ];
  return { type: "TemplateProcessing", single, pair: single };
}

/** A merge's first token may itself be a space. */
function splitMerges(metadata: GgufMetadata): readonly [string, string][] {
  const merges = metadata.texts(MERGES) ??
    metadata.refuse(MERGES, "a list of texts");
  return merges.map((merge) => {
    const at = merge.indexOf(" ", 1);
    return at < 0
      ? metadata.refuse(MERGES, `of two tokens each, not ${merge.slice(0, 40)}`)
      : [merge.slice(0, at), merge.slice(at + 1)];
  });
}
