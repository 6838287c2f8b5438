import { DEFAULT_CONTEXT_LENGTH } from "../decode/mod.ts";
import type { ModelConfig } from "../checkpoint/mod.ts";

const MIN_LISTED_CONTEXT = 512;

/**
 * Lists lengths of context to estimate memory for: powers of two up to what the model was made for, the usual length, and the
 * one asked for.
 *
 * @param config What the model was made for.
 * @param asked Another length, where there is one.
 * @returns The lengths, from the least on.
 * @throws {RangeError} The model was not made for the length asked for.
 */
export function listContexts(
  config: ModelConfig,
  asked: number | undefined,
): readonly number[] {
  const most = config.maxPositionEmbeddings;
  if (asked !== undefined && asked > most) {
    throw new RangeError(
      `Cannot estimate memory as --context must be at most ${most} for this model: ${asked}`,
    );
  }
  const lengths = new Set([most, Math.min(most, DEFAULT_CONTEXT_LENGTH)]);
  for (let length = MIN_LISTED_CONTEXT; length < most; length *= 2) {
    lengths.add(length);
  }
  if (asked !== undefined) lengths.add(asked);
  return [...lengths].sort((a, b) => a - b);
}
