import type * as XGrammar from "@mlc-ai/web-xgrammar";
import { isJsonObject } from "../json_object.ts";

/**
 * Most white space between two parts of JSON: enough to write it on lines, and a small model does not go on with nothing
 * else.
 */
const SPACE_RULE = "json_space ::= [ \\n\\t]{1,20}";

/** A literal or look-ahead, which stay as they are, or a set of characters, with whether it is repeated. */
const LITERAL_OR_SET =
  /\(=[^"]*?\](?=\))|"(?:[^"\\]|\\.)*"|\[(?<not>\^?)(?<characters>(?:[^\]\\]|\\.)*)\](?<repeated>\*?)/g;

/**
 * Writes the grammar of the JSON that a JSON Schema describes.
 *
 * The library's own lets control characters, quotes and backslashes stand as they are in strings whose length or pattern
 * is given, and any amount of white space between parts.
 *
 * @param library XGrammar.
 * @param schema The schema.
 * @returns XGrammar's EBNF.
 */
export async function jsonSchemaEbnf(
  library: typeof XGrammar,
  schema: unknown,
): Promise<string> {
  const ebnf = await library.Testings._jsonSchemaToEBNF(
    JSON.stringify(schema),
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
  return `${strict.trimEnd()}\n${SPACE_RULE}\n`;
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
