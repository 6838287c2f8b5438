import type { GgufMetadata } from "./gguf_metadata.ts";
import { readGgufVocabulary } from "./gguf_vocabulary.ts";
import { SentencePieceEncoder } from "./sentence_piece_encoder.ts";
import { createTokenBytes } from "./token_bytes.ts";
import type { TokenizerParts } from "./tokenizer_parts.ts";

const SCORES = "tokenizer.ggml.scores";
/** Tokens of Phi-3 that do not take the white space behind them, as its other special ones do. */
const PHI3_SPACELESS: readonly string[] = ["<unk>", "<s>", "<|endoftext|>"];

/**
 * Makes the SentencePiece tokenizer that a GGUF file's metadata describes.
 *
 * @throws {TypeError} A value has the wrong type.
 * @throws {RangeError} A value is wrong.
 */
export function ggufSentencePiece(metadata: GgufMetadata): TokenizerParts {
  const vocabulary = readGgufVocabulary(metadata, { addsBos: true });
  const { tokens, wholeIds, specialIds } = vocabulary;
  const scores = metadata.numbers(SCORES);
  if (scores?.length !== tokens.length) {
    return metadata.refuse(SCORES, `a list of ${tokens.length}`);
  }
  const hasSpacePrefix = metadata.flag("tokenizer.ggml.add_space_prefix") ??
    true;
  const isPhi3 = metadata.text("general.architecture") === "phi3";
  const unknownKey = "tokenizer.ggml.unknown_token_id";
  return {
    encoder: new SentencePieceEncoder({
      ...vocabulary,
      scores,
      wholeTokens: [...wholeIds].map((id) => {
        const content = tokens[id] ?? "";
        const hasRightSpace = isPhi3 && !PHI3_SPACELESS.includes(content);
        return { id, content, hasRightSpace };
      }),
      hasSpacePrefix,
      unknownId: metadata.tokenId(unknownKey, tokens.length),
    }),
    tokenBytes: createTokenBytes(decoderJson(hasSpacePrefix), metadata.file),
    vocabSize: tokens.length,
    addedTokenIds: wholeIds,
    specialTokenIds: specialIds,
  };
}

function decoderJson(hasSpacePrefix: boolean): unknown {
  const strip = { type: "Strip", content: " ", start: 1, stop: 0 };
  return {
    type: "Sequence",
    decoders: [
      { type: "Replace", pattern: { String: "▁" }, content: " " },
      { type: "ByteFallback" },
      { type: "Fuse" },
      ...hasSpacePrefix ? [strip] : [],
    ],
  };
}
