import type * as XGrammar from "@mlc-ai/web-xgrammar";
import { isJsonObject } from "../json_object.ts";

/**
 * Most white space between two parts of JSON: enough to write it on lines, and a small model does not go on with nothing
 * else.
 */
const SPACE_RULE = "json_space ::= [ \\n\\t]{1,20}";

/** A JSON object. Source: RFC 8259. */
export const JSON_OBJECT_EBNF: string = String.raw`root ::= object
object ::= "{" json_space? (member ("," json_space? member)*)? "}"
member ::= string json_space? ":" json_space? value json_space?
list ::= "[" json_space? (value json_space? ("," json_space? value json_space?)*)? "]"
value ::= object | list | string | number | "true" | "false" | "null"
string ::= "\"" character* "\""
character ::= [^"\\\0-\x1f] | "\\" (["\\/bfnrt] | "u" hex hex hex hex)
hex ::= [0-9A-Fa-f]
number ::= "-"? ("0" | [1-9] [0-9]*) ("." [0-9]+)? ([eE] [+-]? [0-9]+)?
${SPACE_RULE}
`;

/** A literal, which stays as it is, or a set of characters, with whether it is repeated. */
const LITERAL_OR_SET =
  /"(?:[^"\\]|\\.)*"|\[(?<not>\^?)(?<characters>(?:[^\]\\]|\\.)*)\](?<repeated>\*?)/g;

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
