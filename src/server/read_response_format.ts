import { checkStrictSchema } from "./check_strict_schema.ts";
import { Fields } from "./fields.ts";
import type { Grammar } from "../text/mod.ts";
import { refuseMissing } from "./field_errors.ts";

/**
 * Reads the field `response_format`.
 *
 * @param fields The request's.
 * @returns What the answer must match; null where it may be any text.
 * @throws {ApiError} It is of no known form.
 */
export function readResponseFormat(fields: Fields): Grammar | null {
  const format = fields.object("response_format");
  if (format === undefined) return null;
  const type = format.choice("type", ["text", "json_object", "json_schema"]) ??
    refuseMissing(format.param("type"));
  const grammar = type === "json_schema"
    ? readSchema(format)
    : type === "json_object"
    ? JSON_OBJECT
    : null;
  format.finish();
  return grammar;
}

/** Any object, but no other value: what `json_object` promises. */
const JSON_OBJECT: Grammar = {
  kind: "jsonSchema",
  schema: { type: "object", additionalProperties: true },
};

function readSchema(format: Fields): Grammar {
  const named = format.object("json_schema") ??
    refuseMissing(format.param("json_schema"));
  named.requiredString("name");
  named.string("description");
  const isStrict = named.boolean("strict") ?? false;
  const schema = named.any("schema");
  named.finish();
  if (schema === undefined) return JSON_OBJECT;
  // A schema may be true or false too, but the API takes objects alone.
  new Fields(schema, named.param("schema"));
  if (isStrict) checkStrictSchema(schema, named.param("schema"));
  return { kind: "jsonSchema", schema };
}
