import { assertLess, assertRejects } from "@std/assert";
import {
  type TensorToWrite,
  writeSafetensors,
} from "../../src/checkpoint/mod.ts";
import { llama, type ReferenceTensor } from "../reference/llama.ts";
import { maxDifference, TargetRun } from "./_target_run.ts";
import { ropeFrequencies } from "../../src/model/mod.ts";

interface Variant {
  readonly name: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly hasAttentionBias?: boolean;
  readonly hasMlpBias?: boolean;
  readonly dtype?: "F32" | "F16" | "BF16";
}

const LLAMA3 = {
  rope_type: "llama3",
  factor: 8,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 32,
};

const VARIANTS: readonly Variant[] = [
  { name: "grouped heads and an odd feed-forward size" },
  { name: "one head for all", config: { num_key_value_heads: 1 } },
  { name: "a head size of its own", config: { head_dim: 20 } },
  { name: "attention biases", hasAttentionBias: true },
  { name: "feed-forward biases", hasMlpBias: true },
  {
    name: "linear rope scaling",
    config: { rope_scaling: { type: "linear", factor: 4 } },
  },
  {
    name: "llama3 rope scaling",
    config: { rope_scaling: LLAMA3, rope_theta: 500 },
  },
  { name: "F16 weights", dtype: "F16" },
  { name: "BF16 weights", dtype: "BF16" },
];

for (const variant of VARIANTS) {
  Deno.test(`Target.forward() is the published definition with ${variant.name}`, async () => {
    const directory = await Deno.makeTempDir();
    try {
      const { config, tensors } = await writeModel(directory, variant);
      using run = await TargetRun.open(directory, { contextLength: 64 });
      const ids = Array.from({ length: 40 }, (_, index) => (index * 11) % 50);
      const frequencies = ropeFrequencies(run.target.config);
      const expected = llama(tensors, run.target.config, { ids, frequencies });
      const { logits, hidden } = await run.pass(ids, 0);
      // f32 sums of at most 64 terms of size 1 against f64.
      for (const [row, values] of expected.logits.entries()) {
        assertLess(maxDifference(logits[row] ?? [], values), 1e-4, config);
        assertLess(
          maxDifference(hidden[row] ?? [], expected.hidden[row] ?? []),
          1e-4,
        );
      }
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}

Deno.test("Target.load() names the size that it does not support", async () => {
  for (
    const [config, message] of [
      [
        { hidden_size: 42, head_dim: 12 },
        "hidden_size must be a multiple of 4: 42",
      ],
      [{ head_dim: 6 }, "head_dim must be a multiple of 4 of at most 256: 6"],
    ] as const
  ) {
    const directory = await Deno.makeTempDir();
    try {
      await writeModel(directory, { name: "", config });
      await assertRejects(
        () => TargetRun.open(directory),
        RangeError,
        message,
      );
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  }
});

Deno.test("Target.load() refuses weights that are not finite", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const { all } = await writeModel(directory, { name: "" });
    const values = new Float32Array(
      all[3]?.bytes instanceof Uint8Array ? all[3].bytes.buffer : [],
    );
    values[5] = NaN;
    await writeSafetensors(`${directory}/model.safetensors`, all);
    await assertRejects(
      () => TargetRun.open(directory),
      RangeError,
      "must be finite: 1 are not",
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

async function writeModel(
  directory: string,
  variant: Variant,
): Promise<{
  config: string;
  tensors: Map<string, ReferenceTensor>;
  all: TensorToWrite[];
}> {
  const config = {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    vocab_size: 50,
    hidden_size: 48,
    intermediate_size: 45,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    hidden_act: "silu",
    max_position_embeddings: 256,
    rms_norm_eps: 1e-5,
    attention_bias: variant.hasAttentionBias ?? false,
    mlp_bias: variant.hasMlpBias ?? false,
    ...variant.config,
  };
  await Deno.writeTextFile(`${directory}/config.json`, JSON.stringify(config));
  const D = config.hidden_size;
  const F = config.intermediate_size;
  const E = "head_dim" in config && typeof config.head_dim === "number"
    ? config.head_dim
    : D / 4;
  const Q = 4 * E;
  const KV = config.num_key_value_heads * E;
  const shapes: [string, readonly number[]][] = [
    ["model.embed_tokens.weight", [50, D]],
    ["lm_head.weight", [50, D]],
    ["model.norm.weight", [D]],
  ];
  for (let layer = 0; layer < 2; layer++) {
    const name = `model.layers.${layer}`;
    const linears: [string, number, number, boolean][] = [
      ["self_attn.q_proj", Q, D, config.attention_bias],
      ["self_attn.k_proj", KV, D, config.attention_bias],
      ["self_attn.v_proj", KV, D, config.attention_bias],
      ["self_attn.o_proj", D, Q, config.attention_bias],
      ["mlp.gate_proj", F, D, config.mlp_bias],
      ["mlp.up_proj", F, D, config.mlp_bias],
      ["mlp.down_proj", D, F, config.mlp_bias],
    ];
    for (const [linear, rows, cols, hasBias] of linears) {
      shapes.push([`${name}.${linear}.weight`, [rows, cols]]);
      if (hasBias) shapes.push([`${name}.${linear}.bias`, [rows]]);
    }
    shapes.push([`${name}.input_layernorm.weight`, [D]]);
    shapes.push([`${name}.post_attention_layernorm.weight`, [D]]);
  }
  const dtype = variant.dtype ?? "F32";
  const tensors = new Map<string, ReferenceTensor>();
  let state = 1;
  const all = shapes.map(([name, shape]): TensorToWrite => {
    const count = shape.reduce((product, size) => product * size, 1);
    const raw = Float32Array.from({ length: count }, () => {
      state = Math.imul(state, 1664525) + 1013904223 >>> 0;
      return (state / 2 ** 32 - 0.5) * 0.5;
    });
    const { bytes, values } = store(raw, dtype);
    tensors.set(name, { shape, values });
    return { name, dtype, shape, bytes };
  });
  await writeSafetensors(`${directory}/model.safetensors`, all);
  return { config: JSON.stringify(config), tensors, all };
}

function store(
  raw: Float32Array<ArrayBuffer>,
  dtype: "F32" | "F16" | "BF16",
): { bytes: Uint8Array<ArrayBuffer>; values: ArrayLike<number> } {
  if (dtype === "F32") {
    return { bytes: new Uint8Array(raw.buffer), values: raw };
  }
  if (dtype === "F16") {
    const halves = Float16Array.from(raw);
    return { bytes: new Uint8Array(halves.buffer), values: halves };
  }
  const words = new Uint32Array(raw.buffer).map((word) => word & 0xffff0000);
  const halves = Uint16Array.from(words, (word) => word >>> 16);
  return {
    bytes: new Uint8Array(halves.buffer),
    values: new Float32Array(words.buffer),
  };
}
