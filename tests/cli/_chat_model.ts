import {
  type TensorToWrite,
  writeSafetensors,
} from "../../src/checkpoint/mod.ts";
import { Random } from "../checkpoint/random.ts";

type Shape = readonly [name: string, shape: readonly number[]];

const CONFIG = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  vocab_size: 512,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  hidden_act: "silu",
  max_position_embeddings: 32768,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  bos_token_id: 1,
  eos_token_id: 2,
  tie_word_embeddings: false,
};

const TEMPLATE =
  "{{ bos_token }}{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant:";

/**
 * Runs a test with the folder of a tiny random model that has a chat template and the tokenizer of
 * stories260k, and a context long enough to be interrupted in; in it is a random Jakiro drafter where one is
 * asked for.
 */
export async function withChatModel(
  run: (directory: string) => Promise<void>,
  { hasDrafter = false }: { readonly hasDrafter?: boolean } = {},
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await writeJson(`${directory}/config.json`, CONFIG);
    await writeRandom(`${directory}/model.safetensors`, modelShapes());
    if (hasDrafter) await writeDrafter(`${directory}/drafter`);
    const tokenizer = new URL(
      "../golden/stories260k_tokenizer/",
      import.meta.url,
    );
    for (const file of ["tokenizer.json", "tokenizer_config.json"]) {
      await Deno.copyFile(new URL(file, tokenizer), `${directory}/${file}`);
    }
    await Deno.writeTextFile(`${directory}/chat_template.jinja`, TEMPLATE);
    await run(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function writeDrafter(directory: string): Promise<void> {
  await Deno.mkdir(directory);
  const config = { ...CONFIG, num_hidden_layers: 1, num_local_experts: 2 };
  await writeJson(`${directory}/config.json`, config);
  await writeRandom(`${directory}/model.safetensors`, drafterShapes());
}

function drafterShapes(): readonly Shape[] {
  const D = CONFIG.hidden_size;
  const layer = "layers.0.";
  const attention = `${layer}self_attn.`;
  const moe = `${layer}mlp_moe.`;
  return [
    ["fc.weight", [D, 2 * D]],
    ["fc.bias", [D]],
    [`${attention}q_proj.weight`, [D, D]],
    [`${attention}k_proj.weight`, [D / 2, D]],
    [`${attention}v_proj.weight`, [D / 2, D]],
    [`${attention}o_proj.weight`, [D, D]],
    [`${layer}post_attention_layernorm.weight`, [D]],
    [`${moe}gate.weight`, [4, D]],
    ...[0, 1].flatMap((expert) =>
      ["gate_proj", "up_proj", "down_proj"].map((name): Shape => [
        `${moe}experts.${expert}.${name}.weight`,
        [D, D],
      ])
    ),
  ];
}

function modelShapes(): readonly Shape[] {
  const D = CONFIG.hidden_size;
  const F = CONFIG.intermediate_size;
  const shapes: Shape[] = [
    ["model.embed_tokens.weight", [512, D]],
    ["model.norm.weight", [D]],
    ["lm_head.weight", [512, D]],
  ];
  for (let layer = 0; layer < CONFIG.num_hidden_layers; layer++) {
    const prefix = `model.layers.${layer}.`;
    shapes.push(
      [`${prefix}input_layernorm.weight`, [D]],
      [`${prefix}self_attn.q_proj.weight`, [D, D]],
      [`${prefix}self_attn.k_proj.weight`, [D / 2, D]],
      [`${prefix}self_attn.v_proj.weight`, [D / 2, D]],
      [`${prefix}self_attn.o_proj.weight`, [D, D]],
      [`${prefix}post_attention_layernorm.weight`, [D]],
      [`${prefix}mlp.gate_proj.weight`, [F, D]],
      [`${prefix}mlp.up_proj.weight`, [F, D]],
      [`${prefix}mlp.down_proj.weight`, [D, F]],
    );
  }
  return shapes;
}

async function writeRandom(
  file: string,
  shapes: readonly Shape[],
): Promise<void> {
  const random = new Random(7);
  const tensors = shapes.map(([name, shape]): TensorToWrite => {
    const size = shape.reduce((product, axis) => product * axis, 1);
    const values = Float32Array.from(
      { length: size },
      () => random.below(2001) / 1000 - 1,
    );
    return { name, dtype: "F32", shape, bytes: new Uint8Array(values.buffer) };
  });
  await writeSafetensors(file, tensors);
}

async function writeJson(file: string, value: unknown): Promise<void> {
  await Deno.writeTextFile(file, JSON.stringify(value));
}
