import type { GgufMetadata } from "./gguf_metadata.ts";

/** The vocabulary in a GGUF file's metadata. */
export interface GgufVocabulary {
  /** Contents of all tokens by id. */
  readonly tokens: readonly string[];
  /** Ids of tokens that are found in a text before the rest is merged. */
  readonly wholeIds: ReadonlySet<number>;
  /** Ids of those of them that are no text. */
  readonly specialIds: ReadonlySet<number>;
  /** Put before a text. */
  readonly prefixIds: readonly number[];
  /** Put behind it. */
  readonly suffixIds: readonly number[];
}

const TOKENS = "tokenizer.ggml.tokens";
const TYPES = "tokenizer.ggml.token_type";
/** Far above any vocabulary. */
const MAX_TOKENS = 2 ** 22;

/** Numbers of types of tokens. Source: llama.cpp's `llama.h`, `enum llama_token_type`. */
const UNKNOWN = 2;
const CONTROL = 3;
const USER_DEFINED = 4;

/**
 * Reads which tokens there are, and which go round a text.
 *
 * @param metadata The file's metadata.
 * @param options Whether a text begins with a token for it where the file does not say.
 * @throws {TypeError} A value is of the wrong type.
 * @throws {RangeError} There are no tokens, too many, or types or ids that do not match them.
 */
export function readGgufVocabulary(
  metadata: GgufMetadata,
  { addsBos }: { readonly addsBos: boolean },
): GgufVocabulary {
  const tokens = metadata.texts(TOKENS) ?? [];
  const numTokens = tokens.length;
  if (numTokens === 0 || numTokens > MAX_TOKENS) {
    metadata.refuse(TOKENS, `a list of 1 to ${MAX_TOKENS} texts`);
  }
  const types = metadata.numbers(TYPES);
  if (types !== null && types.length !== numTokens) {
    metadata.refuse(TYPES, `a list of ${numTokens}`);
  }
  const idsOf = (...wanted: readonly number[]): readonly number[] =>
    (types ?? []).flatMap((type, id) => wanted.includes(type) ? [id] : []);
  return {
    tokens,
    wholeIds: new Set(idsOf(UNKNOWN, CONTROL, USER_DEFINED)),
    specialIds: new Set(idsOf(UNKNOWN, CONTROL)),
    prefixIds: readAffix(metadata, "bos", { isDefault: addsBos, numTokens }),
    suffixIds: readAffix(metadata, "eos", { isDefault: false, numTokens }),
  };
}

function readAffix(
  metadata: GgufMetadata,
  name: "bos" | "eos",
  { isDefault, numTokens }: {
    readonly isDefault: boolean;
    readonly numTokens: number;
  },
): readonly number[] {
  const stated = metadata.flag(`tokenizer.ggml.add_${name}_token`);
  const key = `tokenizer.ggml.${name}_token_id`;
  const id = metadata.tokenId(key, numTokens);
  if (stated === true && id === null) {
    metadata.refuse(key, "there, to be added");
  }
  return (stated ?? isDefault) && id !== null ? [id] : [];
}
