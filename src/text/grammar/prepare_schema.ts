import { FORMAT_PATTERNS } from "./format_patterns.ts";
import { isJsonObject, type JsonObject } from "../json_object.ts";
import { isOfType, schemaRules } from "./schema_rules.ts";
import { jsonPattern } from "./json_pattern.ts";
import { schemaRange } from "./schema_range.ts";

/** A JSON Schema as XGrammar is to be given it. */
export interface PreparedSchema {
  /** The schema. */
  readonly schema: unknown;
  /** Strings of it that stand for parts of the grammar, and those. */
  readonly parts: ReadonlyMap<string, string>;
  /** Keywords that the grammar does not hold texts to. */
  readonly unenforced: readonly UnenforcedKeyword[];
}

/** A keyword of a JSON Schema that a grammar does not hold texts to. */
export interface UnenforcedKeyword {
  /** Where it is, such as `properties.size.multipleOf`. */
  readonly path: string;
  /** What is said of it, as in "cannot be enforced". */
  readonly reason: string;
}

/** Formats that the library writes as they must be. */
const FORMATS: readonly unknown[] = ["duration", "ipv6", "uuid"];

/**
 * Rewrites a JSON Schema so that the grammar which XGrammar 0.1.27 makes of it describes JSON that fulfils it: what the
 * library does wrong is put otherwise, and what it cannot do is left out.
 *
 * @param schema The schema.
 * @returns The other, and what it lacks.
 */
export function prepareSchema(schema: unknown): PreparedSchema {
  const preparer = new Preparer(JSON.stringify(schema));
  return {
    schema: preparer.prepare(schema, ""),
    parts: preparer.parts,
    unenforced: preparer.unenforced,
  };
}

class Preparer {
  readonly parts = new Map<string, string>();
  readonly unenforced: UnenforcedKeyword[] = [];
  readonly #mark: string;

  constructor(text: string) {
    let mark = "part";
    while (text.includes(mark)) mark += "_";
    this.#mark = mark;
  }

  prepare(schema: unknown, path: string): unknown {
    if (!isJsonObject(schema)) return schema;
    const { form, types, ignored } = schemaRules(schema);
    const where = form !== "type"
      ? ` beside '${form}'`
      : types.length === 0
      ? " without 'type'"
      : "";
    for (const name of ignored) this.#skip(path + name, where);
    return definedOf({
      ...form === "type"
        ? this.#typed(schema, types, path)
        : { [form]: this.#formed(schema[form], { form, types, path }) },
      $defs: this.#each(schema.$defs, `${path}$defs.`),
      definitions: this.#each(schema.definitions, `${path}definitions.`),
    });
  }

  #skip(path: string, where = ""): void {
    this.unenforced.push({ path, reason: `cannot be enforced${where}` });
  }

  #each(schemas: unknown, path: string): unknown {
    if (Array.isArray(schemas)) {
      return schemas.map((schema, index) =>
        this.prepare(schema, `${path.slice(0, -1)}[${index}].`)
      );
    }
    if (!isJsonObject(schemas)) return schemas;
    return Object.fromEntries(
      Object.entries(schemas).map(([name, schema]) =>
        [name, this.prepare(schema, `${path}${name}.`)] as const
      ),
    );
  }

  #formed(
    value: unknown,
    { form, types, path }: {
      readonly form: string;
      readonly types: readonly string[];
      readonly path: string;
    },
  ): unknown {
    if (form === "$ref" && !/^#(?:\/|$)/.test(String(value))) {
      this.#skip(`${path}$ref`, " where it leads out of the schema");
    }
    if (!Array.isArray(value)) return value;
    if (form === "oneOf") this.#skip(`${path}oneOf`, " but as 'anyOf'");
    if (form === "allOf" && value.length > 1) {
      this.#skip(`${path}allOf`, " of more than one schema");
    }
    if (form !== "enum") return this.#each(value, `${path}${form}.`);
    return types.length === 0
      ? value
      : value.filter((item) => types.some((type) => isOfType(item, type)));
  }

  #typed(
    schema: JsonObject,
    types: readonly string[],
    path: string,
  ): JsonObject {
    const rest = (types: readonly string[]): JsonObject => ({
      ...types.length === 0
        ? {}
        : { type: types.length > 1 ? types : types[0] },
      ...types.includes("string") ? this.#string(schema, path) : {},
      ...types.includes("array") ? this.#array(schema, path) : {},
      ...types.includes("object") ? this.#object(schema, path) : {},
    });
    const ranges = types
      .filter((type) => type === "integer" || type === "number")
      .map((type) => [type, schemaRange(schema, type === "integer")] as const);
    if (ranges.some(([, range]) => range === null)) {
      this.#skip(`${path}minimum`, " with such bounds");
      return rest(types);
    }
    const bounded = ranges.flatMap(([, range]) =>
      typeof range === "string" ? [this.#part(range)] : []
    );
    if (bounded.length === 0) return rest(types);
    const others = types.filter((type) =>
      ranges.every(([own]) => own !== type)
    );
    return {
      anyOf: [...bounded, ...others.length === 0 ? [] : [rest(others)]],
    };
  }

  /** A schema of one string, which stands for a part of the grammar. */
  #part(expression: string): JsonObject {
    const name = `${this.#mark}${this.parts.size}`;
    this.parts.set(name, expression);
    return { const: name };
  }

  #string(schema: JsonObject, path: string): JsonObject {
    const { pattern, format, minLength, maxLength } = schema;
    const own = typeof pattern === "string" ? jsonPattern(pattern) : null;
    const ofFormat = FORMAT_PATTERNS.get(format);
    const isKnown = ofFormat !== undefined || FORMATS.includes(format);
    if (pattern !== undefined && own === null) {
      this.#skip(`${path}pattern`, " with such an expression");
    }
    if (format !== undefined && (!isKnown || own !== null)) {
      this.#skip(`${path}format`, isKnown ? " beside 'pattern'" : "");
    }
    if (own === null && !isKnown) return { minLength, maxLength };
    for (const name of ["minLength", "maxLength"]) {
      if (schema[name] === undefined) continue;
      const where = own === null ? "format" : "pattern";
      this.#skip(path + name, ` beside '${where}'`);
    }
    const expression = own ?? ofFormat;
    return expression === undefined ? { format } : { pattern: expression };
  }

  #array(schema: JsonObject, path: string): JsonObject {
    const { items, prefixItems, minItems, maxItems } = schema;
    const isOpen = (items ?? prefixItems) === undefined &&
      (minItems ?? maxItems) !== undefined;
    return {
      // The library lets there be no items where it is not said of what kind.
      items: isOpen ? {} : this.prepare(items, `${path}items.`),
      prefixItems: this.#each(prefixItems, `${path}prefixItems.`),
      minItems,
      maxItems,
    };
  }

  #object(schema: JsonObject, path: string): JsonObject {
    const { properties, required, additionalProperties: more } = schema;
    const names = Array.isArray(required) ? required.map(String) : [];
    const known = isJsonObject(properties) ? properties : {};
    const unnamed = more === false
      ? []
      : names.filter((name) => !Object.hasOwn(known, name));
    const all = {
      ...known,
      ...Object.fromEntries(
        unnamed.map((name) => [name, isJsonObject(more) ? more : {}]),
      ),
    };
    const isOpen = properties === undefined && unnamed.length === 0;
    return {
      properties: isOpen
        ? undefined
        : mapKeys(this.#each(all, `${path}properties.`), escapeName),
      required: Array.isArray(required) ? names.map(escapeName) : required,
      additionalProperties: this.prepare(more, `${path}additionalProperties.`),
    };
  }
}

/** Writes the name of a property as it must stand in the grammar, where the library puts it as it comes. */
function escapeName(name: string): string {
  const inside = (text: string): string => JSON.stringify(text).slice(1, -1);
  return inside(inside(name));
}

function mapKeys(object: unknown, map: (key: string) => string): JsonObject {
  const entries = isJsonObject(object) ? Object.entries(object) : [];
  return Object.fromEntries(entries.map(([key, value]) => [map(key), value]));
}

function definedOf(object: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== undefined),
  );
}
