import type { JsonObject } from "../json_object.ts";
import { type NumberBound, numberRange } from "./number_range.ts";

/**
 * Writes what the numbers look like that the bounds of a JSON Schema let be.
 *
 * @param schema The schema.
 * @param isInteger Whether they are whole.
 * @returns An expression, as {@linkcode numberRange} writes it; undefined without bounds, and null if they are none that
 *   can be written.
 */
export function schemaRange(
  schema: JsonObject,
  isInteger: boolean,
): string | null | undefined {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const given = [minimum, maximum, exclusiveMinimum, exclusiveMaximum]
    .filter((bound) => bound !== undefined);
  if (given.length === 0) return undefined;
  // In drafts of old, the exclusive ones were true or false.
  if (given.some((bound) => typeof bound !== "number")) return null;
  const [min = null] = boundsOf(minimum, exclusiveMinimum)
    .toSorted((a, b) => b.value - a.value);
  const [max = null] = boundsOf(maximum, exclusiveMaximum)
    .toSorted((a, b) => a.value - b.value);
  return numberRange({ min, max, isInteger });
}

/** Of two that are equal, the one that is excluded comes first. */
function boundsOf(included: unknown, excluded: unknown): NumberBound[] {
  return [[excluded, true] as const, [included, false] as const]
    .flatMap(([value, isExcluded]) =>
      typeof value === "number" ? [{ value, isExcluded }] : []
    );
}
