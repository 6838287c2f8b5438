import type { Grammar } from "../grammar.ts";
import { describeJson, isJsonObject } from "../json_object.ts";

/** Fields of each kind of grammar, and whether their value is a text or any JSON. */
const FIELDS: Readonly<
  Record<Grammar["kind"], readonly [name: string, isText: boolean] | null>
> = {
  json: null,
  jsonSchema: ["schema", false],
  regex: ["pattern", true],
  ebnf: ["source", true],
  structuralTag: ["tag", false],
};

/**
 * Checks a grammar that comes from outside.
 *
 * @param grammar Anything.
 * @throws {TypeError} It is no grammar.
 */
export function checkGrammar(grammar: unknown): asserts grammar is Grammar {
  const kind = isJsonObject(grammar) ? grammar.kind : undefined;
  if (
    !isJsonObject(grammar) || typeof kind !== "string" ||
    !Object.hasOwn(FIELDS, kind)
  ) {
    throw new TypeError(
      `Cannot generate as the kind of a grammar must be one of ${
        Object.keys(FIELDS).join(", ")
      }: ${describeJson(kind)}`,
    );
  }
  const field = FIELDS[kind as Grammar["kind"]];
  if (field === null) return;
  const [name, isText] = field;
  const value = grammar[name];
  if (isText ? typeof value === "string" : isDefined(value)) return;
  throw new TypeError(
    `Cannot generate as "${name}" of a ${kind} grammar must be ${
      isText ? "a string" : "given"
    }: ${describeJson(value)}`,
  );
}

function isDefined(value: unknown): boolean {
  return value !== undefined && value !== null;
}
