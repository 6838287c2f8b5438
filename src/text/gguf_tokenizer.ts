import { ggufByteLevel } from "./gguf_byte_level.ts";
import { GgufMetadata } from "./gguf_metadata.ts";
import { ggufSentencePiece } from "./gguf_sentence_piece.ts";
import { Tokenizer } from "./tokenizer.ts";

const MODEL = "tokenizer.ggml.model";

/**
 * Makes the tokenizer that a GGUF file's metadata describes: SentencePiece's, which is called
 * `llama` there, or a byte-level one, called `gpt2`.
 *
 * @param metadata Values by key.
 * @param file The file, as error messages name it.
 * @throws {TypeError} A value has the wrong type.
 * @throws {RangeError} A value is wrong or not supported.
 */
export function createGgufTokenizer(
  metadata: ReadonlyMap<string, unknown>,
  file: string,
): Tokenizer {
  const checked = new GgufMetadata(metadata, file);
  switch (checked.text(MODEL)) {
    case "llama":
      return new Tokenizer(ggufSentencePiece(checked));
    case "gpt2":
      return new Tokenizer(ggufByteLevel(checked));
    default:
      return checked.refuse(MODEL, "llama or gpt2");
  }
}
