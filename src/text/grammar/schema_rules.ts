import { isJsonObject, type JsonObject } from "../json_object.ts";

const BOUNDS = [
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
] as const;

/** Keywords of JSON Schema that say what a value must be, by the type that a grammar can hold values of to them. */
const OF_TYPES = {
  string: ["pattern", "format", "minLength", "maxLength"],
  number: BOUNDS,
  integer: BOUNDS,
  array: ["items", "prefixItems", "minItems", "maxItems"],
  object: ["properties", "required", "additionalProperties"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Those that a schema is told from others by, with what may stand beside them; of several, the first counts. */
const FORMS = [
  ["$ref"],
  ["const", "type"],
  ["enum", "type"],
  ["anyOf"],
  ["oneOf"],
  ["allOf"],
] as const;

/** Those that no grammar here holds a value to. */
const OTHERS = [
  ...["$dynamicRef", "not", "if", "then", "else", "multipleOf"],
  ...["additionalItems", "uniqueItems", "contains", "unevaluatedItems"],
  ...["patternProperties", "propertyNames", "minProperties", "maxProperties"],
  ...["dependentRequired", "dependentSchemas", "dependencies"],
  "unevaluatedProperties",
];

/** What a schema goes by. */
export type SchemaForm = (typeof FORMS)[number][0] | "type";

/** What a schema says, as far as a grammar is concerned. */
export interface SchemaRules {
  /** What it goes by. */
  readonly form: SchemaForm;
  /** Types of values, where it says so or its keywords are those of one type; empty for any. */
  readonly types: readonly string[];
  /** Keywords that say what a value must be, and count for nothing. */
  readonly ignored: readonly string[];
}

const RULES: ReadonlySet<string> = new Set([
  ...["type", ...OTHERS],
  ...[...FORMS, ...Object.values(OF_TYPES)].flat(),
]);

/**
 * Sorts the keywords of a JSON Schema.
 *
 * @param schema The schema.
 * @returns What it says.
 */
export function schemaRules(schema: JsonObject): SchemaRules {
  const names = Object.keys(schema).filter((name) => RULES.has(name));
  const form = FORMS.find(([name]) => names.includes(name));
  const types = typesOf(schema);
  const counting: readonly string[] = form ??
    ["type", ...types.flatMap(keywordsOf)];
  return {
    form: form?.[0] ?? "type",
    types,
    ignored: names.filter((name) => !counting.includes(name)),
  };
}

function keywordsOf(type: string): readonly string[] {
  return Object.hasOwn(OF_TYPES, type)
    ? OF_TYPES[type as keyof typeof OF_TYPES]
    : [];
}

function typesOf(schema: JsonObject): readonly string[] {
  const { type } = schema;
  if (Array.isArray(type)) return type.map(String);
  if (type !== undefined) return [String(type)];
  const implied = (["object", "array"] as const).find((type) =>
    OF_TYPES[type].some((name) => schema[name] !== undefined)
  );
  return implied === undefined ? [] : [implied];
}

/** Whether a value of JSON is of a type of JSON Schema. */
export function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return isJsonObject(value);
    case "integer":
      return Number.isInteger(value);
    default: {
      const found: string = typeof value;
      return found === type;
    }
  }
}
