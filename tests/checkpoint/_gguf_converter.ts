/** Models as llama.cpp's `convert_hf_to_gguf.py` writes them, from nothing of `src`. @module */

import {
  f32Bytes,
  type GgufContent,
  type GgufTensor,
  type GgufValue,
} from "./_gguf_writer.ts";

/** A `config.json`. */
export type RawConfig = Readonly<Record<string, unknown>>;

const F32 = 0;

/** Each family's architecture: Mistral and Mixtral call themselves Llamas. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  llama: "llama",
  mistral: "llama",
  mixtral: "llama",
  qwen2: "qwen2",
  qwen3: "qwen3",
  phi3: "phi3",
  gemma2: "gemma2",
  gemma3_text: "gemma3",
};

type Names = readonly (readonly [RegExp, string])[];

const NAMES: Names = [
  [/^model\.embed_tokens/, "token_embd"],
  [/^model\.norm/, "output_norm"],
  [/^lm_head/, "output"],
  [/^model\.layers\./, "blk."],
  [/\.input_layernorm/, ".attn_norm"],
  [/\.self_attn\.o_proj/, ".attn_output"],
  [/\.self_attn\.(\w+)_proj/, ".attn_$1"],
  [/\.self_attn\.([qk])_norm/, ".attn_$1_norm"],
  [/\.mlp\.gate_up_proj/, ".ffn_up"],
  [/\.mlp\.(\w+)_proj/, ".ffn_$1"],
  [/\.block_sparse_moe\.gate/, ".ffn_gate_inp"],
  [/\.block_sparse_moe\.experts\.w1/, ".ffn_gate_exps"],
  [/\.block_sparse_moe\.experts\.w2/, ".ffn_down_exps"],
  [/\.block_sparse_moe\.experts\.w3/, ".ffn_up_exps"],
];
const NORM_NAMES: Names = [[/\.post_attention_layernorm/, ".ffn_norm"]];
const GEMMA_NORM_NAMES: Names = [
  [/\.post_attention_layernorm/, ".post_attention_norm"],
  [/\.pre_feedforward_layernorm/, ".ffn_norm"],
  [/\.post_feedforward_layernorm/, ".post_ffw_norm"],
];

/**
 * Converts a model.
 *
 * @param config Its configuration.
 * @param tensors Its tensors by Hugging Face's names, vectors in F32.
 * @returns The file's content, without a tokenizer.
 */
export function convertToGguf(
  config: RawConfig,
  tensors: readonly GgufTensor[],
): GgufContent {
  const type = String(config.model_type);
  const architecture = ARCHITECTURES[type] ?? "";
  const isGemma = type.startsWith("gemma");
  const names = [...NAMES, ...isGemma ? GEMMA_NORM_NAMES : NORM_NAMES];
  const written = stackExperts(tensors).map((tensor): GgufTensor => {
    const name = names.reduce(
      (name, [pattern, own]) => name.replace(pattern, own),
      tensor.name,
    );
    const isPaired = architecture === "llama" &&
      /attn_[qk]\.(?:weight|bias)$/.test(name);
    const bytes = isGemma && name.endsWith("norm.weight")
      ? f32Bytes(floats(tensor.bytes).map((value) => value + 1))
      : isPaired
      ? pairRows(tensor, headDim(config))
      : tensor.bytes;
    return { ...tensor, name, bytes };
  });
  return {
    metadata: {
      "general.architecture": ["text", architecture],
      ...Object.fromEntries(
        Object.entries(metadata(config, architecture))
          .map(([key, value]) => [`${architecture}.${key}`, value]),
      ),
    },
    tensors: [...written, ...ropeTensors(config)],
  };
}

function metadata(
  config: RawConfig,
  architecture: string,
): Record<string, GgufValue> {
  const entries: Record<string, GgufValue> = {};
  const put = (key: string, type: "u32" | "f32", value: unknown): void => {
    if (typeof value === "number") entries[key] = [type, value];
  };
  put("context_length", "u32", config.max_position_embeddings);
  put("embedding_length", "u32", config.hidden_size);
  put("feed_forward_length", "u32", config.intermediate_size);
  put("block_count", "u32", config.num_hidden_layers);
  put("attention.head_count", "u32", config.num_attention_heads);
  put("attention.head_count_kv", "u32", config.num_key_value_heads);
  put("attention.layer_norm_rms_epsilon", "f32", config.rms_norm_eps);
  put("attention.key_length", "u32", config.head_dim);
  put("attention.value_length", "u32", config.head_dim);
  put("expert_count", "u32", config.num_local_experts);
  put("expert_used_count", "u32", config.num_experts_per_tok);
  // Gemma 2's converter leaves the base to its reader.
  if (architecture !== "gemma2") {
    const base = architecture === "gemma3" ? 1e6 : 1e4;
    put("rope.freq_base", "f32", config.rope_theta ?? base);
  }
  const scaling = scalingOf(config);
  if (scaling.type === "linear") {
    entries["rope.scaling.type"] = ["text", "linear"];
    put("rope.scaling.factor", "f32", scaling.factor);
  }
  if (architecture === "llama") {
    put("vocab_size", "u32", config.vocab_size);
    put("rope.dimension_count", "u32", headDim(config));
  }
  if (architecture === "phi3") {
    put("attention.sliding_window", "u32", config.sliding_window ?? 0);
    const original = Number(
      config.original_max_position_embeddings ?? config.max_position_embeddings,
    );
    put("rope.scaling.original_context_length", "u32", original);
    put("rope.dimension_count", "u32", headDim(config));
    if (scaling.type === "longrope") {
      const scale = Number(config.max_position_embeddings) / original;
      const factor = Math.sqrt(1 + Math.log(scale) / Math.log(original));
      put("rope.scaling.attn_factor", "f32", scale > 1 ? factor : 1);
    }
  }
  if (architecture.startsWith("gemma")) {
    put("attn_logit_softcapping", "f32", config.attn_logit_softcapping);
    put("final_logit_softcapping", "f32", config.final_logit_softcapping);
    put("attention.sliding_window", "u32", config.sliding_window);
    // No converter writes a period yet, but llama.cpp reads one.
    put(
      "attention.sliding_window_pattern",
      "u32",
      config.sliding_window_pattern,
    );
    put("rope.freq_base_swa", "f32", config.rope_local_base_freq);
  }
  return entries;
}

/** Factors that frequencies are divided by, each by its own. */
function ropeTensors(config: RawConfig): GgufTensor[] {
  const scaling = scalingOf(config);
  const tensor = (name: string, values: unknown): GgufTensor => {
    if (!Array.isArray(values)) throw new TypeError(`no ${name}`);
    const shape = [values.length];
    return {
      name: `${name}.weight`,
      type: F32,
      shape,
      bytes: f32Bytes(values),
    };
  };
  switch (scaling.type) {
    case "longrope":
      return [
        tensor("rope_factors_long", scaling.long_factor),
        tensor("rope_factors_short", scaling.short_factor),
      ];
    case "llama3":
      return [tensor("rope_freqs", llama3Factors(config, scaling))];
    default:
      return [];
  }
}

function llama3Factors(config: RawConfig, scaling: RawConfig): number[] {
  const size = headDim(config);
  const number = (key: string): number => Number(scaling[key]);
  const factor = number("factor");
  const [low, high] = [number("low_freq_factor"), number("high_freq_factor")];
  const original = number("original_max_position_embeddings");
  return Array.from({ length: size / 2 }, (_, i) => {
    const wavelength = 2 * Math.PI *
      Number(config.rope_theta ?? 1e4) ** (2 * i / size);
    if (wavelength < original / high) return 1;
    if (wavelength > original / low) return factor;
    const smooth = (original / wavelength - low) / (high - low);
    return 1 / ((1 - smooth) / factor + smooth);
  });
}

function scalingOf(config: RawConfig): RawConfig & { readonly type?: unknown } {
  const scaling: unknown = config.rope_scaling ?? {};
  if (typeof scaling !== "object" || scaling === null) return {};
  const fields: RawConfig = { ...scaling };
  return { ...fields, type: fields.rope_type ?? fields.type };
}

function headDim(config: RawConfig): number {
  return Number(
    config.head_dim ??
      Number(config.hidden_size) / Number(config.num_attention_heads),
  );
}

/** Experts' matrices of one kind and layer behind each other, where the first of them was. */
function stackExperts(tensors: readonly GgufTensor[]): GgufTensor[] {
  const stacked = Map.groupBy(
    tensors,
    ({ name }) => name.replace(/\.experts\.\d+\./, ".experts."),
  );
  return [...stacked].flatMap(([name, experts]): readonly GgufTensor[] => {
    const [first] = experts;
    if (first === undefined || first.name === name) return experts;
    return [{
      ...first,
      name,
      shape: [experts.length, ...first.shape],
      bytes: Uint8Array.from(experts.flatMap(({ bytes }) => [...bytes])),
    }];
  });
}

/** As `LlamaModel.permute`: `reshape(heads, 2, half, …).swapaxes(1, 2)`. */
function pairRows(tensor: GgufTensor, headDim: number): Uint8Array {
  const { bytes, shape: [numRows = 0] } = tensor;
  const rowBytes = bytes.length / numRows;
  const paired = new Uint8Array(bytes.length);
  let at = 0;
  for (let head = 0; head < numRows / headDim; head++) {
    for (let pair = 0; pair < headDim / 2; pair++) {
      for (let half = 0; half < 2; half++) {
        const row = head * headDim + half * headDim / 2 + pair;
        const start = row * rowBytes;
        paired.set(bytes.subarray(start, start + rowBytes), at);
        at += rowBytes;
      }
    }
  }
  return paired;
}

function floats(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.slice().buffer);
}
