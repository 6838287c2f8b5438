import { assertEquals } from "@std/assert";
import {
  type GenerationConfig,
  parseGenerationConfig,
} from "../../src/checkpoint/generation_config.ts";
import { parseJson } from "../../src/checkpoint/json.ts";
import { assertError } from "./assert_error.ts";

function parse(fields: unknown): GenerationConfig {
  const file = "generation_config.json";
  const json = parseJson(JSON.stringify(fields), { file });
  return parseGenerationConfig(json, { file, vocabSize: 10 });
}

Deno.test("parseGenerationConfig() reads every field", () => {
  const fields = {
    _from_model_config: true,
    bos_token_id: 1,
    eos_token_id: [2, 3],
    do_sample: true,
    temperature: 0.6,
    top_k: 50,
    top_p: 0.9,
    min_p: 0.05,
    repetition_penalty: 1.1,
    transformers_version: "4.45.0",
  };
  assertEquals(parse(fields), {
    defaults: {
      doSample: true,
      temperature: 0.6,
      topK: 50,
      topP: 0.9,
      minP: 0.05,
      repetitionPenalty: 1.1,
    },
    bosTokenId: 1,
    eosTokenIds: [2, 3],
  });
});

Deno.test("parseGenerationConfig() reads absent fields as null", () => {
  assertEquals(parse({}), {
    defaults: {
      doSample: null,
      temperature: null,
      topK: null,
      topP: null,
      minP: null,
      repetitionPenalty: null,
    },
    bosTokenId: null,
    eosTokenIds: [],
  });
});

const REFUSED: readonly (readonly [unknown, typeof TypeError, string])[] = [
  [
    { temperature: -1 },
    RangeError,
    '"temperature" must be a number in [0, 10000]: found -1',
  ],
  [
    { top_k: 1.5 },
    RangeError,
    '"top_k" must be an integer in [0, 2147483648]: found 1.5',
  ],
  [{ top_p: 0 }, RangeError, '"top_p" must be a number in (0, 1]: found 0'],
  [{ min_p: 2 }, RangeError, '"min_p" must be a number in [0, 1]: found 2'],
  [
    { repetition_penalty: 0 },
    RangeError,
    '"repetition_penalty" must be a number in (0, 10000]: found 0',
  ],
  [
    { do_sample: "yes" },
    TypeError,
    '"do_sample" must be true or false: found "yes"',
  ],
  [
    { eos_token_id: 10 },
    RangeError,
    '"eos_token_id" must be an integer in [0, 9] or a list of them: found 10',
  ],
];

Deno.test("parseGenerationConfig() names the field, the rule and the value of an error", () => {
  for (const [fields, errorClass, rest] of REFUSED) {
    assertError(() => parse(fields), [
      errorClass,
      `Cannot load "generation_config.json" as ${rest}`,
    ]);
  }
});
