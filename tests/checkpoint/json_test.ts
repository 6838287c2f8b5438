import { assertEquals } from "@std/assert";
import {
  describeJson,
  type JsonValue,
  parseJson,
} from "../../src/checkpoint/json.ts";
import { assertError } from "./assert_error.ts";
import { Random } from "./random.ts";

function toPlain(value: JsonValue): unknown {
  if (Array.isArray(value)) return value.map(toPlain);
  if (!(value instanceof Map)) return value;
  return Object.fromEntries(
    [...value].map(([key, item]) => [key, toPlain(item)]),
  );
}

Deno.test("parseJson() agrees with JSON.parse on valid text", () => {
  const texts = [
    "{}",
    ' \t\r\n{ "a" : [ ] , "b":{}}\n',
    '{"a":[1,-2,0.5,1e3,-1.5E-7,0],"b":true,"c":false,"d":null,"":""}',
    String.raw`{"\u0061\n\"\\\/":"\ud83d\ude00","b":"\\","c":"\\\""}`,
    '{"__proto__":{"x":1},"constructor":[[],[{}]]}',
  ];
  for (const text of texts) {
    assertEquals(toPlain(parseJson(text, { file: "f" })), JSON.parse(text));
  }
});

Deno.test("parseJson() refuses whatever JSON.parse refuses, over 20,000 mutated texts", () => {
  const random = new Random(7);
  const original = String
    .raw`{"a":[1,-2.5e3,{"b":"x\n\u0041\\"}],"c":{"d":null,"e":true},"f":""}`;
  const alphabet = [...'{}[]:,"\\/ abtnu019.-+eE\n\u0001'];
  let numValid = 0;
  for (let round = 0; round < 20000; round++) {
    const characters = [...original];
    for (let change = random.below(3); change >= 0; change--) {
      const offset = random.below(characters.length);
      const isKept = random.below(2) === 0;
      characters.splice(offset, isKept ? 0 : 1, random.pick(alphabet));
    }
    const text = characters.join("");
    let expected: unknown;
    try {
      expected = JSON.parse(text);
    } catch {
      expected = undefined;
    }
    let found: unknown;
    try {
      found = toPlain(parseJson(text, { file: "f" }));
    } catch (error) {
      if (String(error).includes("every key must appear once")) continue;
    }
    assertEquals(found, expected, text);
    if (expected !== undefined) numValid++;
  }
  assertEquals(numValid > 1000, true);
});

const REFUSED: readonly (readonly [string, string])[] = [
  [
    "",
    "it must be JSON with a value next: found the end of the file at offset 0",
  ],
  [
    '{"a":1',
    'it must be JSON with "," or "}" next: found the end of the file at offset 6',
  ],
  ['{"a" 1}', 'it must be JSON with ":" next: found "1}" at offset 5'],
  ["{a:1}", 'it must be JSON with a key next: found "a:1}" at offset 1'],
  [
    '{"a":[1 2]}',
    'it must be JSON with "," or "]" next: found "2]}" at offset 8',
  ],
  [
    '{"a":1}}',
    'it must be JSON with the end of the file next: found "}" at offset 7',
  ],
  ['{"a":nul}', 'it must be JSON with a value next: found "nul}" at offset 5'],
  [
    '{"a',
    String
      .raw`it must be JSON with a string that ends next: found "\"a" at offset 1`,
  ],
  [
    '{"a\n":1}',
    String
      .raw`it must be JSON with a string of valid characters and escapes next: found "\"a\n\":1}" at offset 1`,
  ],
  [
    String.raw`{"a":1,"\u0061":2}`,
    'every key must appear once: found "a" again at offset 15',
  ],
];

Deno.test("parseJson() says what is wrong and where", () => {
  for (const [text, rest] of REFUSED) {
    assertError(() => parseJson(text, { file: "c.json" }), [
      SyntaxError,
      `Cannot read "c.json" as ${rest}`,
    ]);
  }
});

Deno.test("parseJson() wants an object", () => {
  assertError(() => parseJson("[1,[2]]", { file: "c.json" }), [
    TypeError,
    'Cannot read "c.json" as it must hold a JSON object: found [1, a list]',
  ]);
});

Deno.test("parseJson() bounds depth", () => {
  parseJson(`{"a":${"[".repeat(15)}${"]".repeat(15)}}`, { file: "f" });
  const text = `{"a":${"[".repeat(1e6)}`;
  assertError(() => parseJson(text, { file: "f" }), [
    SyntaxError,
    'Cannot read "f" as it must nest at most 16 deep: found more at offset 20',
  ]);
  assertError(() => parseJson('{"a":{}}', { file: "f", maxDepth: 1 }), [
    SyntaxError,
    'Cannot read "f" as it must nest at most 1 deep: found more at offset 5',
  ]);
});

Deno.test("parseJson() bounds the number of values", () => {
  assertError(
    () => parseJson(`{"a":[${"0,".repeat(3e6)}0]}`, { file: "f" }),
    [
      SyntaxError,
      'Cannot read "f" as it must hold at most 2097152 values: found more at offset 4194306',
    ],
  );
});

Deno.test("parseJson() refuses numbers not written as integers when asked to", () => {
  const options = { file: "f", hasIntegersOnly: true };
  assertEquals(parseJson('{"a":[0,-1,12]}', options).get("a"), [0, -1, 12]);
  for (const number of ["1.0", "1e2", "-0", "0.5"]) {
    assertError(() => parseJson(`{"a":${number}}`, options), [
      SyntaxError,
      `Cannot read "f" as its numbers must be integers: found "${number}" at offset 5`,
    ]);
  }
});

Deno.test("describeJson() stays short whatever the value", () => {
  const cases: readonly (readonly [JsonValue | undefined, string])[] = [
    [undefined, "nothing"],
    [null, "null"],
    [1.5, "1.5"],
    ["a\nb", String.raw`"a\nb"`],
    [new Map([["a", 1]]), "an object"],
    [[1, [2, [3]], new Map()], "[1, a list, an object]"],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9], "[1, 2, 3, 4, 5, 6, 7, 8, …]"],
  ];
  for (const [value, text] of cases) assertEquals(describeJson(value), text);
});
