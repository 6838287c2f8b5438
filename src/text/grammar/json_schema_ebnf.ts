import type * as XGrammar from "@mlc-ai/web-xgrammar";
import { isJsonObject } from "../json_object.ts";
import { prepareSchema } from "./prepare_schema.ts";

/**
 * Most white space between two parts of JSON: a comma and a space, or a line each and a small step; a model that has learnt
 * no JSON writes as much as it may.
 */
const SPACE_RULE = "json_space ::= [ \\n\\t]{1,2}";

/** A literal or look-ahead, which stay as they are, or a set of characters, with whether it is repeated. */
const LITERAL_OR_SET =
  /\(=[^"]*?\](?=\))|"(?:[^"\\]|\\.)*"|\[(?<not>\^?)(?<characters>(?:[^\]\\]|\\.)*)\](?<repeated>\*?)/g;

/**
 * Writes the grammar of the JSON that a JSON Schema describes.
 *
 * The library's own lets control characters, quotes and backslashes stand as they are in strings whose length or pattern
 * is given, and any amount of white space between parts. What a schema asks for and no grammar can hold a text to is left
 * out, as {@linkcode prepareSchema} says.
 *
 * @param library XGrammar.
 * @param schema The schema.
 * @returns XGrammar's EBNF.
 */
export async function jsonSchemaEbnf(
  library: typeof XGrammar,
  schema: unknown,
): Promise<string> {
  const prepared = prepareSchema(schema);
  const ebnf = await library.Testings._jsonSchemaToEBNF(
    JSON.stringify(prepared.schema),
    true,
    -1,
  );
  const strict = ebnf.replaceAll(LITERAL_OR_SET, (text, ...rest) => {
    const groups: unknown = rest.at(-1);
    const { not, characters, repeated } = isJsonObject(groups) ? groups : {};
    if (characters === undefined) return text;
    if (not === "^") return `[^\\0-\\x1f"\\\\${characters}]${repeated}`;
    if (characters === "\\u0000-\\U0010FFFF") {
      return `[^\\0-\\x1f"\\\\]${repeated}`;
    }
    return characters === " \\n\\t" && repeated === "*" ? "json_space?" : text;
  });
  const whole = prepared.parts.entries().reduce(
    (text, [name, part]) => text.replaceAll(`"\\"${name}\\""`, `(${part})`),
    strict,
  );
  return `${whole.trimEnd()}\n${SPACE_RULE}\n`;
}

/**
 * Gives the JSON Schemas of a structural tag the grammars that {@linkcode jsonSchemaEbnf} writes.
 *
 * @param library XGrammar.
 * @param tag The tag, or a part of it.
 * @returns The same without schemas.
 */
export async function withoutSchemas(
  library: typeof XGrammar,
  tag: unknown,
): Promise<unknown> {
  if (Array.isArray(tag)) {
    return await Promise.all(tag.map((part) => withoutSchemas(library, part)));
  }
  if (!isJsonObject(tag)) return tag;
  if (tag.type === "json_schema" && tag.json_schema !== undefined) {
    const grammar = await jsonSchemaEbnf(library, tag.json_schema);
    return { type: "grammar", grammar };
  }
  const fields = await Promise.all(
    Object.entries(tag).map(async ([name, part]) =>
      [name, await withoutSchemas(library, part)] as const
    ),
  );
  return Object.fromEntries(fields);
}
