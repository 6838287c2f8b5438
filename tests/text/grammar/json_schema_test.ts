import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { assert, assertEquals } from "@std/assert";
import { byteLevelTokenizer } from "../fixtures.ts";
import { allowedIds, compilerFor, drawText } from "./_texts.ts";
import { prepareSchema } from "../../../src/text/grammar/prepare_schema.ts";
import { Random } from "../random.ts";

const TOKENIZER = byteLevelTokenizer();
const END = 301;

/** A schema, texts that it lets be, and texts that it does not; all of it is enforced. */
interface Case {
  readonly schema: object;
  readonly good: readonly string[];
  readonly bad: readonly string[];
}

const CASES: readonly Case[] = [
  {
    schema: { type: "integer", minimum: 3, maximum: 120 },
    good: ["3", "120", "99"],
    bad: ["2", "121", "129", "-3", "3.5", "1e2", "03"],
  },
  {
    schema: { type: "number", minimum: 0.5, exclusiveMaximum: 2 },
    good: ["0.5", "1", "1.99", "0.50", "1.0"],
    bad: ["0.49", "0x5", "0", "2", "2.0", "-1"],
  },
  {
    schema: {
      type: ["integer", "null", "string"],
      exclusiveMinimum: -2,
      minLength: 2,
    },
    good: ["-1", "0", "17", "null", '"ab"'],
    bad: ["-2", '"a"', "true"],
  },
  {
    schema: { type: "string", pattern: "^a|b$" },
    good: ['"a"', '"b"'],
    bad: ['"a', 'b"', '"c"'],
  },
  {
    schema: { type: "string", pattern: '^(say "\\w+"|\\\\|\\t\\s[x\\s])$' },
    good: ['"say \\"it\\""', '"\\\\"', '"\\t x"'],
    bad: ['"say "it""', '"\\"', '"\t x"'],
  },
  {
    schema: { type: "string", pattern: "^[^a]{2}\\d.$" },
    good: ['"xé1日"'],
    bad: ['"x"1y"', '"xy1\\"', '"ay12"', '"x\n1z"'],
  },
  {
    schema: { type: "string", minLength: 1, maxLength: 3 },
    good: ['"日本語"', '"a"'],
    bad: ['""', '"abcd"'],
  },
  ...([
    ["date", "2024-02-29", "2026-02-29"],
    ["time", "12:30:00Z", "25:00:00Z"],
    ["date-time", "2026-11-27T12:30:00+01:00", "2026-11-27"],
    ["email", "a.b+c@example.org", "a b@example.org"],
    ["ipv4", "127.0.0.1", "127.0.0.256"],
    ["ipv6", "::1", "1::2::3"],
    ["hostname", "a.example.org", "-a"],
    ["uuid", "123e4567-e89b-12d3-a456-426614174000", "123e4567"],
    ["uri", "https://example.org/a?b#c", "no uri"],
    ["duration", "P1DT2H", "P"],
  ] as const).map(([format, good, bad]): Case => ({
    schema: { type: "string", format },
    good: [JSON.stringify(good)],
    bad: [JSON.stringify(bad)],
  })),
  {
    schema: { enum: ['a"b\\\n', 1, null], type: ["string", "null"] },
    good: ['"a\\"b\\\\\\n"', "null"],
    bad: ["1", '"a"'],
  },
  {
    schema: { type: "array", minItems: 1, maxItems: 2 },
    good: ['["a"]', "[1, {}]"],
    bad: ["[]", "[1,2,3]"],
  },
  {
    schema: {
      type: "array",
      prefixItems: [{ type: "boolean" }],
      items: { type: "integer", maximum: 5 },
      minItems: 2,
    },
    good: ["[true, 5]", "[false,-7,5]"],
    bad: ["[true]", "[true, 6]", "[1, 1]"],
  },
  {
    schema: {
      type: "object",
      properties: { 'a"b': { type: "null" }, "n\nl\\": { const: 1 } },
      required: ['a"b', "c"],
    },
    good: ['{"a\\"b":null,"n\\nl\\\\":1,"c":2}', '{"a\\"b":null, "c":""}'],
    bad: ['{"a"b":null,"c":2}', '{"a\\"b":null}', '{"c":2}'],
  },
  {
    schema: {
      properties: {
        node: { $ref: "#/$defs/node" },
        kind: { anyOf: [{ type: "null" }, { enum: ["x"] }] },
      },
      required: ["node"],
      additionalProperties: { type: "integer", minimum: 0 },
      $defs: {
        node: {
          type: "object",
          properties: {
            next: { anyOf: [{ $ref: "#/$defs/node" }, { type: "null" }] },
          },
          additionalProperties: false,
        },
      },
    },
    good: ['{"node":{"next":{"next":null}},"kind":"x","n":4}'],
    bad: ['{"node":{"other":1}}', '{"node":{},"n":-1}', '{"kind":"x"}'],
  },
];

/** Whether the grammar of a schema has a text. */
async function isWritten(
  compiler: ReturnType<typeof compilerFor>,
  schema: object,
  text: string,
): Promise<boolean> {
  using matcher = await compiler.begin({ kind: "jsonSchema", schema }, [0]);
  const ids = TOKENIZER.encode(text, { addSpecialTokens: false });
  return ids.every((id) => matcher.accept(id)) &&
    (await allowedIds(matcher)).includes(END);
}

Deno.test("jsonSchema grammars write what another validator takes, and nothing that it does not", async () => {
  const compiler = compilerFor(TOKENIZER, END);
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  const random = new Random(2);
  for (const { schema, good, bad } of CASES) {
    const shown = JSON.stringify(schema);
    assertEquals(prepareSchema(schema).unenforced, [], shown);
    const isValid = ajv.compile(schema);
    for (const text of good) {
      assert(isValid(JSON.parse(text)), text);
      assert(await isWritten(compiler, schema, text), `${shown}: ${text}`);
    }
    for (const text of bad) {
      assert(!await isWritten(compiler, schema, text), `${shown}: ${text}`);
    }
    for (let n = 0; n < 12; n++) {
      const options = { random, endToken: END, maxTokens: 120 };
      const ids = await drawText(
        compiler,
        { kind: "jsonSchema", schema },
        options,
      );
      if (ids === null) continue;
      const text = TOKENIZER.decode(ids.slice(0, -1));
      assert(isValid(JSON.parse(text)), `${shown}: ${text}`);
    }
  }
});

Deno.test("prepareSchema() names what a grammar does not hold texts to", () => {
  const cases: readonly (readonly [object, string, string])[] = [
    [{ type: "integer", multipleOf: 5 }, "multipleOf", ""],
    [{ type: "array", items: {}, uniqueItems: true }, "uniqueItems", ""],
    [{ type: "object", minProperties: 1 }, "minProperties", ""],
    [{ type: "string", format: "regex" }, "format", ""],
    [
      { type: "string", format: "date", minLength: 4 },
      "minLength",
      " beside 'format'",
    ],
    [
      { type: "string", pattern: "(?=a)a" },
      "pattern",
      " with such an expression",
    ],
    [
      { type: "string", pattern: "[!-~]" },
      "pattern",
      " with such an expression",
    ],
    [{ type: "number", minimum: 1e-9 }, "minimum", " with such bounds"],
    [
      { type: "number", minimum: 2, maximum: 1 },
      "minimum",
      " with such bounds",
    ],
    [{ maxLength: 3 }, "maxLength", " without 'type'"],
    [{ const: 1, maximum: 3 }, "maximum", " beside 'const'"],
    [{ oneOf: [{ type: "null" }] }, "oneOf", " but as 'anyOf'"],
    [{ allOf: [{}, {}] }, "allOf", " of more than one schema"],
    [
      { $ref: "https://example.org/x" },
      "$ref",
      " where it leads out of the schema",
    ],
    [
      { type: "object", properties: { a: { type: "array", contains: {} } } },
      "properties.a.contains",
      "",
    ],
    [
      { anyOf: [{ type: "null" }, { type: "boolean", not: {} }] },
      "anyOf[1].not",
      "",
    ],
    [{ $ref: "#/$defs/a", $defs: { a: { not: {} } } }, "$defs.a.not", ""],
  ];
  for (const [schema, path, where] of cases) {
    const { unenforced } = prepareSchema(schema);
    assertEquals(
      unenforced.filter((found) => found.path === path),
      [{
        path,
        reason: path.endsWith("not") && path !== "anyOf[1].not"
          ? "cannot be enforced without 'type'"
          : `cannot be enforced${where}`,
      }],
      JSON.stringify(schema),
    );
  }
  const remarks = { type: "string", title: "T", default: "x", "x-own": [1] };
  assertEquals(prepareSchema(remarks).unenforced, []);
});
