import { parseModelConfig } from "../../src/checkpoint/mod.ts";
import { parseJson } from "../../src/checkpoint/json.ts";
import { assertError } from "./assert_error.ts";
import { TINY_CONFIG } from "./tiny_model.ts";

type Fields = Readonly<Record<string, unknown>>;

function parse(fields: Fields): void {
  const text = JSON.stringify({ ...TINY_CONFIG, ...fields });
  parseModelConfig(parseJson(text, { file: "config.json" }), "config.json");
}

const ARCHITECTURES =
  "a list with one of LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM, Phi3ForCausalLM, Gemma2ForCausalLM, Gemma3ForCausalLM, MixtralForCausalLM";
const WIDTH = "an integer in [1, 1048576]";
const REFUSED: readonly (readonly [Fields, typeof TypeError, string])[] = [
  [
    { architectures: ["MistralForCausalLM"] },
    RangeError,
    '"model_type" must be mistral: found "llama"',
  ],
  [
    { architectures: ["Qwen2MoeForCausalLM"], model_type: "qwen2_moe" },
    RangeError,
    `"architectures" must be ${ARCHITECTURES}: found ["Qwen2MoeForCausalLM"]`,
  ],
  [
    { architectures: undefined, model_type: undefined },
    TypeError,
    `"architectures" must be ${ARCHITECTURES}: found nothing`,
  ],
  [
    { architectures: "LlamaForCausalLM" },
    TypeError,
    '"architectures" must be a list of strings: found "LlamaForCausalLM"',
  ],
  [
    { architectures: [1] },
    TypeError,
    '"architectures" must be a list of strings: found [1]',
  ],
  [
    { model_type: "mistral" },
    RangeError,
    '"model_type" must be llama: found "mistral"',
  ],
  [{ model_type: 1 }, TypeError, '"model_type" must be a string: found 1'],
  [
    { hidden_act: "gelu" },
    RangeError,
    '"hidden_act" must be silu: found "gelu"',
  ],
  [
    { quantization_config: { quant_method: "gptq" } },
    RangeError,
    '"quantization_config" must be absent: found an object',
  ],
  [
    { vocab_size: undefined },
    TypeError,
    '"vocab_size" must be an integer in [1, 4194304]: found nothing',
  ],
  [
    { vocab_size: 1e9 },
    RangeError,
    '"vocab_size" must be an integer in [1, 4194304]: found 1000000000',
  ],
  [
    { hidden_size: "8" },
    TypeError,
    `"hidden_size" must be ${WIDTH}: found "8"`,
  ],
  [{ hidden_size: 0 }, RangeError, `"hidden_size" must be ${WIDTH}: found 0`],
  [
    { intermediate_size: 1.5 },
    RangeError,
    `"intermediate_size" must be ${WIDTH}: found 1.5`,
  ],
  [
    { num_hidden_layers: -1 },
    RangeError,
    '"num_hidden_layers" must be an integer in [1, 1024]: found -1',
  ],
  [
    { num_attention_heads: null },
    TypeError,
    '"num_attention_heads" must be an integer in [1, 1024]: found null',
  ],
  [
    { num_key_value_heads: 3 },
    RangeError,
    '"num_key_value_heads" must be a divisor of "num_attention_heads", 4: found 3',
  ],
  [
    { num_key_value_heads: 8 },
    RangeError,
    '"num_key_value_heads" must be a divisor of "num_attention_heads", 4: found 8',
  ],
  [{ head_dim: 5 }, RangeError, '"head_dim" must be even: found 5'],
  [
    { head_dim: 0 },
    RangeError,
    '"head_dim" must be an integer in [2, 1024]: found 0',
  ],
  [
    { head_dim: undefined, hidden_size: 10 },
    RangeError,
    '"hidden_size" must be 4 times an even number up to 1024, as "head_dim" is absent: found 10',
  ],
  [
    { head_dim: undefined, hidden_size: 8200 },
    RangeError,
    '"hidden_size" must be 4 times an even number up to 1024, as "head_dim" is absent: found 8200',
  ],
  [
    { max_position_embeddings: [64] },
    TypeError,
    '"max_position_embeddings" must be an integer in [1, 134217728]: found [64]',
  ],
  [
    { rms_norm_eps: 0 },
    RangeError,
    '"rms_norm_eps" must be a number in (0, 1]: found 0',
  ],
  [
    { rms_norm_eps: undefined },
    TypeError,
    '"rms_norm_eps" must be a number in (0, 1]: found nothing',
  ],
  [
    { tie_word_embeddings: 1 },
    TypeError,
    '"tie_word_embeddings" must be true or false: found 1',
  ],
  [
    { bos_token_id: 10 },
    RangeError,
    '"bos_token_id" must be an integer in [0, 9]: found 10',
  ],
  [
    { eos_token_id: [2, -1] },
    RangeError,
    '"eos_token_id" must be an integer in [0, 9] or a list of them: found [2, -1]',
  ],
  [
    { eos_token_id: ["</s>"] },
    TypeError,
    '"eos_token_id" must be an integer in [0, 9] or a list of them: found ["</s>"]',
  ],
];

Deno.test("parseModelConfig() names the field, the rule and the value of an error", () => {
  for (const [fields, errorClass, rest] of REFUSED) {
    assertError(() => parse(fields), [
      errorClass,
      `Cannot load "config.json" as ${rest}`,
    ]);
  }
});

Deno.test("parseModelConfig() refuses numbers that are not finite", () => {
  const text = JSON.stringify(TINY_CONFIG).replace("0.00001", "1e999");
  const json = parseJson(text, { file: "c.json" });
  assertError(() => parseModelConfig(json, "c.json"), [
    RangeError,
    'Cannot load "c.json" as "rms_norm_eps" must be a number in (0, 1]: found Infinity',
  ]);
});
