import { assertEquals } from "@std/assert";
import { ConfigFields } from "../../src/checkpoint/mod.ts";
import { parseJson } from "../../src/checkpoint/json.ts";
import {
  readRopeConfig,
  type RopeConfig,
} from "../../src/checkpoint/rope_scaling.ts";
import { assertError } from "./assert_error.ts";

type Fields = Readonly<Record<string, unknown>>;

function read(fields: Fields): RopeConfig {
  const json = parseJson(JSON.stringify(fields), { file: "config.json" });
  return readRopeConfig(new ConfigFields(json, { file: "config.json" }));
}

const LLAMA3 = {
  factor: 8.0,
  low_freq_factor: 1.0,
  high_freq_factor: 4.0,
  original_max_position_embeddings: 8192,
};

const LONGROPE = {
  type: "longrope",
  short_factor: [1, 1.5],
  long_factor: [2, 30],
};
const LONG = {
  head_dim: 4,
  max_position_embeddings: 131072,
  original_max_position_embeddings: 4096,
};

const READ: readonly (readonly [Fields, RopeConfig])[] = [
  [
    { ...LONG, rope_scaling: LONGROPE },
    {
      ropeTheta: 10000,
      ropeScaling: {
        type: "longrope",
        shortFactor: [1, 1.5],
        longFactor: [2, 30],
        originalMaxPositionEmbeddings: 4096,
        // Phi-3's, 32 times its original context: sqrt(1 + ln 32 / ln 4096), which is sqrt(1 + 5/12).
        attentionFactor: Math.sqrt(17 / 12),
      },
    },
  ],
  [{}, { ropeTheta: 10000, ropeScaling: null }],
  [{ rope_theta: 5e5 }, { ropeTheta: 5e5, ropeScaling: null }],
  [
    { rope_theta: 5e5, rope_scaling: { rope_type: "default" } },
    { ropeTheta: 5e5, ropeScaling: null },
  ],
  [
    { rope_scaling: { type: "linear", factor: 2.0 } },
    { ropeTheta: 10000, ropeScaling: { type: "linear", factor: 2 } },
  ],
  [
    { rope_scaling: { rope_type: "linear", type: "linear", factor: 4 } },
    { ropeTheta: 10000, ropeScaling: { type: "linear", factor: 4 } },
  ],
  [
    { rope_theta: 5e5, rope_scaling: { ...LLAMA3, rope_type: "llama3" } },
    {
      ropeTheta: 5e5,
      ropeScaling: {
        type: "llama3",
        factor: 8,
        lowFreqFactor: 1,
        highFreqFactor: 4,
        originalMaxPositionEmbeddings: 8192,
      },
    },
  ],
  [
    { rope_parameters: { rope_type: "default", rope_theta: 5e5 } },
    { ropeTheta: 5e5, ropeScaling: null },
  ],
  [
    {
      rope_theta: 5e5,
      rope_scaling: null,
      rope_parameters: { rope_theta: 5e5, rope_type: "linear", factor: 2 },
    },
    { ropeTheta: 5e5, ropeScaling: { type: "linear", factor: 2 } },
  ],
  [
    { rope_theta: 7, rope_parameters: { rope_type: "default" } },
    { ropeTheta: 7, ropeScaling: null },
  ],
  [
    { partial_rotary_factor: 1.0 },
    { ropeTheta: 10000, ropeScaling: null },
  ],
];

Deno.test("readRopeConfig() reads old and new forms", () => {
  for (const [fields, expected] of READ) assertEquals(read(fields), expected);
});

const REFUSED: readonly (readonly [Fields, typeof TypeError, string])[] = [
  [
    { rope_theta: 0 },
    RangeError,
    '"rope_theta" must be a number in (0, 1000000000000000]: found 0',
  ],
  [
    { rope_theta: "10000" },
    TypeError,
    '"rope_theta" must be a number in (0, 1000000000000000]: found "10000"',
  ],
  [
    { rope_theta: 1, rope_parameters: { rope_type: "default", rope_theta: 2 } },
    RangeError,
    '"rope_theta" must be that of "rope_parameters", 2: found 1',
  ],
  [
    { rope_scaling: {}, rope_parameters: {} },
    TypeError,
    '"rope_scaling" must be absent beside "rope_parameters": found an object',
  ],
  [
    { rope_scaling: "linear" },
    TypeError,
    '"rope_scaling" must be an object: found "linear"',
  ],
  [
    { rope_scaling: { factor: 2 } },
    TypeError,
    '"rope_scaling.rope_type" must be default, linear, llama3 or longrope: found nothing',
  ],
  [
    { rope_scaling: { rope_type: "yarn", factor: 2 } },
    RangeError,
    '"rope_scaling.rope_type" must be default, linear, llama3 or longrope: found "yarn"',
  ],
  [
    { rope_scaling: { type: "dynamic", factor: 2 } },
    RangeError,
    '"rope_scaling.type" must be default, linear, llama3 or longrope: found "dynamic"',
  ],
  [
    { rope_scaling: { rope_type: "llama3", type: "linear" } },
    RangeError,
    '"rope_scaling.type" must be that of "rope_type": found "linear"',
  ],
  [
    { rope_scaling: { type: "linear" } },
    TypeError,
    '"rope_scaling.factor" must be a number in [1, 1000000]: found nothing',
  ],
  [
    { rope_scaling: { type: "linear", factor: 0.5 } },
    RangeError,
    '"rope_scaling.factor" must be a number in [1, 1000000]: found 0.5',
  ],
  [
    { rope_scaling: { ...LLAMA3, rope_type: "llama3", low_freq_factor: 0 } },
    RangeError,
    '"rope_scaling.low_freq_factor" must be a number in (0, 1000000]: found 0',
  ],
  [
    { rope_scaling: { ...LLAMA3, rope_type: "llama3", high_freq_factor: 1 } },
    RangeError,
    '"rope_scaling.high_freq_factor" must be above 1: found 1',
  ],
  [
    {
      rope_scaling: {
        ...LLAMA3,
        rope_type: "llama3",
        original_max_position_embeddings: 8192.5,
      },
    },
    RangeError,
    '"rope_scaling.original_max_position_embeddings" must be an integer in [1, 134217728]: found 8192.5',
  ],
  [
    { partial_rotary_factor: 0.5 },
    RangeError,
    '"partial_rotary_factor" must be a number in [1, 1]: found 0.5',
  ],
];

Deno.test("readRopeConfig() names the field, the rule and the value of an error", () => {
  for (const [fields, errorClass, rest] of REFUSED) {
    assertError(() => read(fields), [
      errorClass,
      `Cannot load "config.json" as ${rest}`,
    ]);
  }
});
