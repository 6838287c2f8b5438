import type { ChatMessage } from "../../src/text/mod.ts";

/** How `encodeFitting` counts. */
export interface EncodeFittingOptions {
  /** From messages to token ids. */
  readonly encode: (messages: readonly ChatMessage[]) => readonly number[];
  /** Most ids. */
  readonly maxTokens: number;
}

/**
 * Encodes a conversation, less as many of its last exchanges as do not fit.
 *
 * @returns Its ids; null if no exchange fits.
 */
export function encodeFitting(
  messages: readonly ChatMessage[],
  { encode, maxTokens }: EncodeFittingOptions,
): readonly number[] | null {
  for (let end = messages.length; end >= 2; end -= 2) {
    const ids = encode(messages.slice(0, end));
    if (ids.length <= maxTokens) return ids;
  }
  return null;
}
