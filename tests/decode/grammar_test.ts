import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type Grammar,
  loadModel,
  type Model,
  type SamplingOptions,
} from "../../mod.ts";
import { argmax, TargetRun } from "../model/_target_run.ts";
import { collect } from "./_collect.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);
const PROMPT = [1, 403, 407, 261, 378];
const END = 2;
const SAMPLINGS: readonly SamplingOptions[] = [
  { temperature: 0 },
  { temperature: 1, seed: 7 },
  { temperature: 0.9, topK: 30, topP: 0.9, minP: 0.01, seed: 8 },
  { temperature: 1.2, repetitionPenalty: 1.2, frequencyPenalty: 0.2, seed: 9 },
];
const PERSON: Grammar = {
  kind: "jsonSchema",
  schema: {
    type: "object",
    properties: {
      name: { type: "string", maxLength: 10 },
      age: { type: "integer", minimum: 0, maximum: 99 },
    },
    required: ["name", "age"],
  },
};
const SENTENCE: Grammar = {
  kind: "regex",
  pattern:
    " there was a (little|big) (girl|boy|dog)( named [A-Z][a-z]{2,5})?\\.",
};

function isPerson(text: string): boolean {
  const { name, age, ...rest } = JSON.parse(text);
  return typeof name === "string" && [...name].length <= 10 &&
    Number.isInteger(age) && age >= 0 && age <= 99 &&
    Object.keys(rest).length === 0;
}

async function generate(
  model: Model,
  options: Parameters<Model["generate"]>[1],
) {
  return (await collect(model.generate(PROMPT, options))).statistics;
}

Deno.test("Model.generate() writes what its grammar describes, and the same with a drafter, whatever its trees", async () => {
  using plain = await loadModel(STORIES, { draft: "none", dtype: "f32" });
  using drafting = await loadModel(STORIES, {
    dtype: "f32",
    tree: { numNodes: 12, depth: 4, topK: 4 },
  });
  let numDrafted = 0;
  for (const grammar of [PERSON, SENTENCE]) {
    for (const sampling of SAMPLINGS.slice(grammar === PERSON ? 3 : 0)) {
      const options = { ...sampling, grammar, maxTokens: 180 };
      const expected = await generate(plain, options);
      const label = `${grammar.kind} ${JSON.stringify(sampling)}`;
      assertEquals(expected.stop, "eos", label);
      assertEquals(expected.tokens.indexOf(END), expected.tokens.length - 1);
      assert(
        grammar.kind === "regex"
          ? new RegExp(`^(?:${grammar.pattern})$`).test(expected.text)
          : isPerson(expected.text),
        `${label}: ${expected.text}`,
      );
      const actual = await generate(drafting, options);
      assertEquals(actual.tokens, expected.tokens, label);
      numDrafted += actual.acceptedPerDepth.reduce((sum, n) => sum + n, 0);
    }
  }
  assert(numDrafted > 20, `${numDrafted} drafted tokens were accepted`);
});

Deno.test("Model.generate() takes the likeliest token that goes on with a text of the grammar", async () => {
  using model = await loadModel(STORIES, { draft: "none", dtype: "f32" });
  using target = await TargetRun.open(STORIES);
  const { tokenizer } = model;
  const language = [
    " there was a cat",
    " there was a car.",
    " then",
    " Lily was happy",
    " Lily was sad, and cried",
  ];
  const escaped = language.map((text) => text.replace(".", "\\."));
  const grammar: Grammar = { kind: "regex", pattern: escaped.join("|") };
  const { tokens } = await generate(model, { temperature: 0, grammar });
  const { logits } = await target.pass([...PROMPT, ...tokens], 0);
  let text = "";
  for (const [index, token] of tokens.entries()) {
    const row = (logits[PROMPT.length - 1 + index] ?? new Float32Array(0)).map(
      (logit, id) => {
        const isLeft = id === END
          ? language.includes(text)
          : !tokenizer.specialTokenIds.has(id) && language.some((whole) =>
            whole.startsWith(
              text + new TextDecoder().decode(tokenizer.tokenBytes(id)),
            )
          );
        return isLeft ? logit : -Infinity;
      },
    );
    assertEquals(token, argmax(row), `token ${index}`);
    text += new TextDecoder().decode(tokenizer.tokenBytes(token));
  }
  assertEquals(tokens.at(-1), END);
});

Deno.test("Model.generate() leaves a grammar behind: by its length, a stop string, an abort, and for the next text", async () => {
  using model = await loadModel(STORIES, { dtype: "f32" });
  const options = { temperature: 0, grammar: SENTENCE };
  const free = await generate(model, { temperature: 0, maxTokens: 12 });
  const whole = await generate(model, options);
  const short = await generate(model, { ...options, maxTokens: 2 });
  assertEquals(short.stop, "length");
  assertEquals(short.tokens, whole.tokens.slice(0, 2));
  const stopped = await generate(model, { ...options, stop: ["was"] });
  assertEquals([stopped.text, stopped.stop], [" there ", "stop"]);
  const controller = new AbortController();
  const chunks = model.generate(PROMPT, {
    ...options,
    signal: controller.signal,
  });
  assertEquals((await chunks.next()).done, false);
  controller.abort();
  const last = await chunks.next();
  assert(last.done && last.value.stop === "abort");
  const again = await generate(model, { temperature: 0, maxTokens: 12 });
  assertEquals(again.tokens, free.tokens);
  assertEquals((await generate(model, options)).tokens, whole.tokens);
});

Deno.test("Model.generate() runs grammars side by side, each as if alone", async () => {
  using model = await loadModel(STORIES, { dtype: "f32" });
  const all = [
    { grammar: PERSON, seed: 1 },
    { grammar: SENTENCE, seed: 2 },
    { seed: 3, maxTokens: 20 },
    { grammar: PERSON, seed: 4 },
  ].map((own) => ({ temperature: 1, maxTokens: 80, ...own }));
  const alone = [];
  for (const options of all) alone.push(await generate(model, options));
  const together = await Promise.all(
    all.map((options) => generate(model, options)),
  );
  assertEquals(
    together.map(({ tokens }) => tokens),
    alone.map(({ tokens }) => tokens),
  );
});

Deno.test("Model.generate() says what is wrong with a grammar before it begins, and works afterwards", async () => {
  using model = await loadModel(STORIES, { draft: "none" });
  const run = (grammar: Grammar, more = {}) =>
    generate(model, { temperature: 0, grammar, ...more });
  await assertRejects(
    () => run({ kind: "ebnf", source: "root ::= (" }),
    SyntaxError,
    "Cannot generate as the ebnf grammar must compile: EBNF parser error",
  );
  await assertRejects(
    () => run(SENTENCE, { ignoreEos: true }),
    TypeError,
    'Cannot generate as "ignoreEos" must not be set where a grammar says when the text ends: it is',
  );
  assertEquals((await run(SENTENCE)).stop, "eos");
});
