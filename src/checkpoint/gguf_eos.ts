import type { ConfigFields } from "./config_fields.ts";
import { ggufTokenId } from "./gguf_token_id.ts";

const END_KEYS: readonly string[] = [
  "tokenizer.ggml.eos_token_id",
  "tokenizer.ggml.eot_token_id",
  "tokenizer.ggml.eom_token_id",
];
/** What ends a text or a turn where a file names but one such token, as in llama.cpp. */
const END_TEXTS: ReadonlySet<string> = new Set([
  ...["<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|im_end|>"],
  ...["<|end|>", "<|endoftext|>", "<end_of_turn>"],
]);
const TEXT_TYPES: readonly number[] = [1, 6];

/**
 * Says which tokens end a text.
 *
 * @param fields A GGUF file's metadata.
 * @returns Those that it names as the end of a text, turn or message, and those known by their text.
 * @throws {TypeError | RangeError} An id is none.
 */
export function ggufEosTokenIds(fields: ConfigFields): readonly number[] {
  const ids = END_KEYS.map((key) => ggufTokenId(fields, key));
  const types = fields.integers("tokenizer.ggml.token_type", {
    min: -(2 ** 31),
    max: 2 ** 31,
  });
  const tokens = fields.optionalStrings("tokenizer.ggml.tokens") ?? [];
  const known = tokens.flatMap((token, id) =>
    END_TEXTS.has(token) && !TEXT_TYPES.includes(types[id] ?? 1) ? [id] : []
  );
  const named = ids.filter((id) => id !== null);
  return [...new Set([...named, ...known])];
}
