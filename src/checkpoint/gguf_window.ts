import type { GgufFields } from "./gguf_family.ts";

const SIZE = { min: 0, max: 2 ** 31 };

/**
 * Reads how many positions a window has.
 *
 * @param metadata A GGUF file's metadata.
 * @returns Positions, a row's own included, or null where there is no window, for which files may say 0.
 * @throws {TypeError | RangeError} It is none.
 */
export function ggufWindow({ fields, key }: GgufFields): number | null {
  return fields.optionalInteger(key("attention.sliding_window"), SIZE) || null;
}
