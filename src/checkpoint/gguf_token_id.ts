import type { ConfigFields } from "./config_fields.ts";

/** How an id is written where there is no such token. */
const NO_TOKEN = 2 ** 32 - 1;

/**
 * A token id of the metadata, or `null`.
 *
 * @throws {TypeError | RangeError} It is no id.
 */
export function ggufTokenId(fields: ConfigFields, key: string): number | null {
  const id = fields.optionalInteger(key, { min: -1, max: NO_TOKEN });
  return id === -1 || id === NO_TOKEN ? null : id;
}
