import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type Grammar,
  GrammarCompiler,
  GrammarMatcher,
  Tokenizer,
} from "../../../src/text/mod.ts";
import { allowedIds, compilerFor, drawText } from "./_texts.ts";
import { byteLevelTokenizer, STORIES_URL } from "../fixtures.ts";
import { Random } from "../random.ts";
import { TokenBorders } from "../../../src/text/grammar/token_borders.ts";

const SCHEMA = {
  type: "object",
  properties: {
    name: { type: "string", maxLength: 6 },
    code: { type: "string", pattern: "^x.[^a]$" },
    size: { type: "integer", minimum: 0, maximum: 99 },
    isNew: { type: "boolean" },
    at: { type: "object", properties: { x: { type: "null" } } },
    tags: { type: "array", items: { enum: ["a", "é"] }, maxItems: 2 },
  },
  required: ["name", "code", "size", "tags"],
};
const SENTENCE_PIECE = {
  tokenizer: await Tokenizer.load(STORIES_URL),
  endToken: 2,
};
const BYTE_LEVEL = { tokenizer: byteLevelTokenizer(), endToken: 301 };
const TOKENIZERS = {
  "SentencePiece": SENTENCE_PIECE,
  "byte-level": BYTE_LEVEL,
};

interface Case {
  readonly grammar: Grammar;
  readonly matches: (text: string) => boolean;
  /** Texts that match. */
  readonly samples: readonly string[];
}

function isSchemaObject(text: string): boolean {
  const { name, code, size, isNew = true, at = {}, tags, ...rest } = JSON.parse(
    text,
  );
  return typeof name === "string" && [...name].length <= 6 &&
    /^x.[^a]$/su.test(code) && Number.isInteger(size) && size >= 0 &&
    size <= 99 &&
    Array.isArray(tags) && tags.length <= 2 &&
    typeof isNew === "boolean" && typeof at === "object" &&
    !Array.isArray(at) &&
    (at.x ?? null) === null && tags.every((tag) => ["a", "é"].includes(tag)) &&
    Object.keys(rest).length === 0;
}

function isMatch(matches: (text: string) => boolean, text: string): boolean {
  try {
    return matches(text);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function byRegExp(pattern: string, samples: readonly string[]): Case {
  const whole = new RegExp(`^(?:${pattern})$`, "su");
  const matches = (text: string) => whole.test(text);
  return { grammar: { kind: "regex", pattern }, matches, samples };
}

const CASES: readonly Case[] = [
  {
    grammar: { kind: "json" },
    matches: (text) => {
      const value = JSON.parse(text);
      return typeof value === "object" && value !== null &&
        !Array.isArray(value);
    },
    samples: [
      "{}",
      '{"a": [1, -2.5e-3, true, null], "日本": {"\\u00e9\\n": "😀"}}',
      '{\n "a": {\n\t"b": [ ]\n }\n}',
    ],
  },
  {
    grammar: { kind: "jsonSchema", schema: SCHEMA },
    matches: isSchemaObject,
    samples: [
      '{"name": "日本😀", "code": "xé[", "size": 99, "tags": ["a", "é"]}',
    ],
  },
  byRegExp("(yes|no|maybe)( é{1,3})?", ["yes", "maybe ééé"]),
  byRegExp("(a|b?)(c*)(a|b?)x?|b*cx?", ["", "abx", "bcc", "bbbcx"]),
  byRegExp("[0-9]{1,3}(\\.[a-f]+)?", ["7", "123.beef"]),
  {
    grammar: {
      kind: "ebnf",
      source: 'root ::= list\nlist ::= "(" (list | [a-c])* ")"',
    },
    matches: (text) => {
      let rest = text;
      for (let last = ""; last !== rest;) {
        last = rest;
        rest = rest.replaceAll(/\([a-cX]*\)/g, "X");
      }
      return rest === "X";
    },
    samples: ["()", "(a(b)(c()))"],
  },
  ...[
    ["s ::= [ \\n]*", "[ \n]*"],
    ["s ::= [ \\n]{0,2}", "[ \n]{0,2}"],
    ['s ::= "" | " " s', " *"],
    ['s ::= t u\nt ::= " "?\nu ::= "\\n"*', " ?\n*"],
  ].map(([rule, pattern]): Case => {
    const item = '"[ab]"';
    const source =
      `${rule}\nitem ::= "\\"a\\"" | "\\"b\\""\nroot ::= "[" s item (s "," s item)? s "]" | "[" s "]"`;
    const whole = new RegExp(
      `^\\[${pattern}(${item}(${pattern},${pattern}${item})?${pattern})?\\]$`,
    );
    return {
      grammar: { kind: "ebnf", source },
      matches: (text) => whole.test(text),
      samples: ["[]", '[ "a","b"]', '["b" ]'],
    };
  }),
  {
    grammar: { kind: "ebnf", source: 'root ::= "a" root root | ""' },
    matches: (text) => /^a*$/.test(text),
    samples: ["", "aaa"],
  },
  {
    grammar: {
      kind: "structuralTag",
      tag: {
        type: "structural_tag",
        format: {
          type: "tag",
          begin: "<call>",
          content: {
            type: "json_schema",
            json_schema: { type: "object", properties: {} },
          },
          end: "</call>",
        },
      },
    },
    matches: (text) => /^<call>\{\s*\}<\/call>$/.test(text),
    samples: ["<call>{}</call>"],
  },
];

for (const [form, { tokenizer, endToken }] of Object.entries(TOKENIZERS)) {
  Deno.test(`GrammarMatcher allows only texts of its grammar: ${form}`, async () => {
    const compiler = compilerFor(tokenizer, endToken, 40);
    const random = new Random(1);
    for (const { grammar, matches } of CASES) {
      let numTexts = 0;
      for (let n = 0; n < 12; n++) {
        const options = { random, endToken, maxTokens: 150 };
        const ids = await drawText(compiler, grammar, options);
        if (ids === null) continue;
        numTexts++;
        // What the text's first space would be taken for, begins none.
        const bytes = ids.slice(0, -1).flatMap((id) => [
          ...tokenizer.tokenBytes(id),
        ]);
        const text = new TextDecoder("utf-8", { fatal: true })
          .decode(Uint8Array.from(bytes));
        assert(
          isMatch(matches, text),
          `${grammar.kind}: ${JSON.stringify(text)}`,
        );
      }
      assert(numTexts > 0, grammar.kind);
    }
  });

  Deno.test(`GrammarMatcher allows every text of its grammar, then only its end: ${form}`, async () => {
    const compiler = compilerFor(tokenizer, endToken);
    for (const { grammar, matches, samples } of CASES) {
      for (const sample of samples) {
        assert(matches(sample), sample);
        using matcher = await compiler.begin(grammar, [0]);
        const ids = tokenizer.encode(sample, { addSpecialTokens: false });
        const spaced = tokenizer.tokenBytes(ids[0] ?? 0)[0] === 0x20;
        // The tokenizer puts a space before a text, which is none of the grammar's.
        const plain = spaced ? byteIds(tokenizer, sample) : ids;
        for (const id of plain) {
          assert((await allowedIds(matcher)).includes(id), `${id} ${sample}`);
          assert(matcher.accept(id), sample);
        }
        assertEquals((await allowedIds(matcher)).includes(endToken), true);
        assert(matcher.accept(endToken));
      }
    }
  });
}

Deno.test("GrammarMatcher lets a text be free until it calls a tool, and then only end", async () => {
  const { tokenizer, endToken } = BYTE_LEVEL;
  const compiler = compilerFor(tokenizer, endToken);
  const schema = {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
  };
  const call = {
    begin: "<call>",
    content: { type: "json_schema", json_schema: schema },
    end: "</call>",
  };
  const format = {
    type: "triggered_tags",
    triggers: ["<call>"],
    tags: [call],
    stop_after_first: true,
  };
  const tag = { type: "structural_tag", format };
  using matcher = await compiler.begin({ kind: "structuralTag", tag }, [0]);
  const ids = (text: string): number[] =>
    tokenizer.encode(text, { addSpecialTokens: false });
  const take = async (text: string): Promise<void> => {
    for (const id of ids(text)) {
      assert((await allowedIds(matcher)).includes(id), text);
      assert(matcher.accept(id), text);
    }
  };
  await take("Let me <b>look</b>: ");
  // Its end, and any byte that a character begins with.
  const free = await allowedIds(matcher);
  assert(free.includes(endToken) && free.length > 150);
  await take("<call>");
  assertEquals(
    (await allowedIds(matcher)).map((id) => tokenizer.tokenText(id)),
    ["{"],
  );
  await take('{"city": "日本"}</call>');
  assertEquals(await allowedIds(matcher), [endToken]);
});

/** Ids of a text's bytes, one by one. */
function byteIds(tokenizer: Tokenizer, text: string): number[] {
  return [...new TextEncoder().encode(text)].map((byte) => {
    const hex = byte.toString(16).toUpperCase().padStart(2, "0");
    return tokenizer.idOf(`<0x${hex}>`) ?? -1;
  });
}

Deno.test("GrammarMatcher.allowed() says of each node of a tree what a text of its own would, and stays where it was", async () => {
  const { tokenizer, endToken } = BYTE_LEVEL;
  const compiler = compilerFor(tokenizer, endToken);
  const grammar: Grammar = { kind: "regex", pattern: "hello( w|!)[0-9]*" };
  const ids = (text: string): number[] =>
    tokenizer.encode(text, { addSpecialTokens: false });
  const maskBehind = async (path: readonly number[]) => {
    using matcher = await compiler.begin(grammar, [0]);
    return path.every((id) => matcher.accept(id))
      ? await allowedIds(matcher)
      : [];
  };
  const [hello = 0] = ids("hello");
  const [bang = 0, digit = 0, h = 0] = ids("!7h");
  const nodes = [
    { token: hello, parent: null },
    { token: bang, parent: 0 },
    { token: digit, parent: 0 },
    { token: digit, parent: 1 },
    { token: h, parent: 3 },
    { token: endToken, parent: 1 },
    { token: digit, parent: 3 },
  ];
  using matcher = await compiler.begin(grammar, [0]);
  assert(matcher.accept(hello));
  const before = await allowedIds(matcher);
  const masks = await matcher.allowed(nodes);
  const numWords = masks.length / nodes.length;
  const paths = [
    [hello],
    [hello, bang],
    [hello, digit],
    [hello, bang, digit],
    [hello, bang, digit, h],
    null,
    [hello, bang, digit, digit],
  ];
  for (const [node, path] of paths.entries()) {
    const expected = path === null ? [] : await maskBehind(path);
    const mask = masks.subarray(node * numWords, (node + 1) * numWords);
    const found = Array.from({ length: numWords * 32 }, (_, id) => id)
      .filter((id) => ((mask[id >> 5] ?? 0) >>> (id & 31) & 1) === 1);
    assertEquals(found, expected, `node ${node}`);
  }
  assertEquals(await allowedIds(matcher), before);
  assertEquals(before.includes(bang), true);
});

Deno.test("GrammarMatcher says that the library has failed, which is not used again", async () => {
  const { tokenizer } = BYTE_LEVEL;
  const numFailures = { value: 0 };
  const failing = {
    acceptToken: () => {
      throw new WebAssembly.RuntimeError("unreachable");
    },
    getNextTokenBitmask: () => Promise.reject(new RangeError("too deep")),
    rollBack: () => {},
    dispose: () => {},
  };
  using matcher = new GrammarMatcher({
    matcher: failing as unknown as ConstructorParameters<
      typeof GrammarMatcher
    >[0]["matcher"],
    vocabSize: 304,
    endTokens: [301],
    borders: new TokenBorders(tokenizer, 304),
    last: 0,
    onFailure: () => numFailures.value++,
  });
  const message =
    "Cannot go on with the grammar as XGrammar must follow the text: ";
  assertThrows(
    () => matcher.accept(5),
    Error,
    `${message}RuntimeError: unreachable`,
  );
  await assertRejects(
    () => allowedIds(matcher),
    Error,
    `${message}RangeError: too deep`,
  );
  assertEquals(numFailures.value, 2);
});

Deno.test("GrammarCompiler.begin() allows no space that the text would lose", async () => {
  const { tokenizer, endToken } = SENTENCE_PIECE;
  const compiler = compilerFor(tokenizer, endToken);
  const grammar: Grammar = { kind: "regex", pattern: " ?[a-z]+" };
  for (const [prompt, isLost] of [[[1], true], [[1, 403], false]] as const) {
    using matcher = await compiler.begin(grammar, prompt);
    const spaced = (id: number) => tokenizer.tokenBytes(id)[0] === 0x20;
    const allowed = await allowedIds(matcher);
    assertEquals(allowed.some(spaced), !isLost);
    const [first = 0] = allowed.filter((id) => !spaced(id));
    assert(matcher.accept(first));
  }
});

Deno.test("GrammarCompiler.begin() says what is wrong with a grammar, and works afterwards", async () => {
  const { tokenizer, endToken } = SENTENCE_PIECE;
  const compiler = compilerFor(tokenizer, endToken);
  const cases: readonly (readonly [unknown, new () => Error, string])[] = [
    [
      null,
      TypeError,
      "Cannot generate as the kind of a grammar must be one of json, jsonSchema, regex, ebnf, structuralTag: nothing",
    ],
    [
      { kind: "xml" },
      TypeError,
      'Cannot generate as the kind of a grammar must be one of json, jsonSchema, regex, ebnf, structuralTag: "xml"',
    ],
    [
      { kind: "regex" },
      TypeError,
      'Cannot generate as "pattern" of a regex grammar must be a string: nothing',
    ],
    [
      { kind: "jsonSchema" },
      TypeError,
      'Cannot generate as "schema" of a jsonSchema grammar must be given: nothing',
    ],
    [
      { kind: "ebnf", source: "root ::= (" },
      SyntaxError,
      "Cannot generate as the ebnf grammar must compile: EBNF parser error at line 1, column 11: Expect element, but got",
    ],
    [
      { kind: "regex", pattern: "(a" },
      SyntaxError,
      "Cannot generate as the regex grammar must compile: Regex parsing error at position 3: The parenthesis is not closed.",
    ],
    [
      { kind: "jsonSchema", schema: { type: "thing" } },
      SyntaxError,
      'Cannot generate as the jsonSchema grammar must compile: Unsupported type "thing"',
    ],
    [
      { kind: "jsonSchema", schema: false },
      SyntaxError,
      "Cannot generate as the jsonSchema grammar must compile: Schema should not be false: it cannot accept any value",
    ],
    [
      { kind: "structuralTag", tag: { type: "structural_tag" } },
      SyntaxError,
      "Cannot generate as the structuralTag grammar must compile: it is refused",
    ],
  ];
  for (const [grammar, errorClass, message] of cases) {
    const error = await assertRejects(
      () => compiler.begin(grammar as Grammar, [0]),
      errorClass,
    );
    assertEquals(error.message.trim(), message);
  }
  using matcher = await compiler.begin({ kind: "json" }, [0]);
  const [open = -1] = byteIds(tokenizer, "{");
  assertEquals((await allowedIds(matcher)).includes(open), true);
  const endless = new GrammarCompiler({
    tokenizer,
    vocabSize: 512,
    endTokens: [],
  });
  await assertRejects(
    () => endless.begin({ kind: "json" }, [0]),
    TypeError,
    "Cannot generate by a grammar as the model must have an id that ends a text: it has none",
  );
});
