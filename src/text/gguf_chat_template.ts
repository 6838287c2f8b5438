import { ChatTemplate } from "./chat_template.ts";
import { GgufMetadata } from "./gguf_metadata.ts";

/**
 * Reads the chat template in a GGUF file's metadata.
 *
 * @param metadata Values by key.
 * @param file The file, as error messages name it.
 * @returns The template, or `null` if there is none.
 * @throws {TypeError} A value has the wrong type.
 * @throws {RangeError} A special token is none.
 * @throws {SyntaxError} The template is not Jinja.
 */
export function createGgufChatTemplate(
  metadata: ReadonlyMap<string, unknown>,
  file: string,
): ChatTemplate | null {
  const checked = new GgufMetadata(metadata, file);
  const source = checked.text("tokenizer.chat_template");
  if (source === null) return null;
  const tokens = checked.texts("tokenizer.ggml.tokens") ?? [];
  const tokenText = (name: string): string => {
    const key = `tokenizer.ggml.${name}_token_id`;
    return tokens[checked.tokenId(key, tokens.length) ?? -1] ?? "";
  };
  return new ChatTemplate(source, {
    name: file,
    bosToken: tokenText("bos"),
    eosToken: tokenText("eos"),
  });
}
