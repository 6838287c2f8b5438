import type { TokenBytes } from "./token_bytes.ts";
import type { TokenEncoder } from "./token_encoder.ts";

/** What a tokenizer works with. */
export interface TokenizerParts {
  /** From text to ids. */
  readonly encoder: TokenEncoder;
  /** From tokens to bytes. */
  readonly tokenBytes: TokenBytes;
  /** Largest id + 1. */
  readonly vocabSize: number;
  /** Ids of tokens whose content is text as it stands. */
  readonly addedTokenIds: ReadonlySet<number>;
  /** Ids that are no text. */
  readonly specialTokenIds: ReadonlySet<number>;
}
