import type { GgufFields } from "./gguf_family.ts";

const SIZE = { min: 1, max: 2 ** 31 };

/**
 * The size of one head, which the configuration has yet to check.
 *
 * @throws {TypeError | RangeError} A value that it follows from is missing or of the wrong type.
 */
export function ggufHeadDim({ fields, key }: GgufFields): number {
  return fields.optionalInteger(key("attention.key_length"), SIZE) ??
    fields.integer(key("embedding_length"), SIZE) /
      fields.integer(key("attention.head_count"), SIZE);
}
