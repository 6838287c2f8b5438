import type { ConfigFields } from "./config_fields.ts";
import { ggufWindow } from "./gguf_window.ts";
import type { JsonValue } from "./json.ts";
import { readGgufGemma } from "./gguf_gemma.ts";

/** What a `config.json` says beyond what all families' say. */
export type ConfigEntries = Readonly<Record<string, JsonValue>>;

/** How the GGUF files of one architecture differ from those of others. */
export interface GgufFamily {
  /** Hugging Face's `model_type`. */
  readonly modelType: string;
  /** Hugging Face's class. */
  readonly architecture: string;
  /** Rows of queries and keys are stored as the pairs that are rotated. */
  readonly hasPairedRows?: boolean;
  /** Weights of norms are stored with the 1 that the family's code adds. */
  readonly hasWholeNorms?: boolean;
  /** Names of a layer's tensors that are its own. */
  readonly layerNames?: Readonly<Record<string, string>>;
  /** Fields of its `config.json` that are its own. */
  readonly readConfig?: (fields: GgufFields) => ConfigEntries;
}

/** Metadata of a GGUF file. */
export interface GgufFields {
  /** All of it. */
  readonly fields: ConfigFields;
  /** The key of something of the architecture: `llama.block_count`. */
  readonly key: (name: string) => string;
}

const COUNT = { min: 1, max: 2 ** 31 };
const NUMBER = { min: 0, max: 1e6, isAboveMin: true };

const GEMMA = {
  hasWholeNorms: true,
  layerNames: {
    post_attention_norm: "post_attention_layernorm",
    ffn_norm: "pre_feedforward_layernorm",
    post_ffw_norm: "post_feedforward_layernorm",
  },
};

const LLAMA: GgufFamily = {
  modelType: "llama",
  architecture: "LlamaForCausalLM",
  hasPairedRows: true,
};

const MIXTRAL: GgufFamily = {
  modelType: "mixtral",
  architecture: "MixtralForCausalLM",
  hasPairedRows: true,
  readConfig: ({ fields, key }) => ({
    num_local_experts: fields.integer(key("expert_count"), COUNT),
    num_experts_per_tok: fields.integer(key("expert_used_count"), COUNT),
    sliding_window: null,
  }),
};

const FAMILIES: Readonly<Record<string, GgufFamily>> = {
  llama: LLAMA,
  qwen2: { modelType: "qwen2", architecture: "Qwen2ForCausalLM" },
  qwen3: { modelType: "qwen3", architecture: "Qwen3ForCausalLM" },
  phi3: {
    modelType: "phi3",
    architecture: "Phi3ForCausalLM",
    layerNames: { ffn_up: "mlp.gate_up_proj" },
    readConfig: ({ fields, key }) => ({
      sliding_window: ggufWindow({ fields, key }),
      original_max_position_embeddings: fields.optionalInteger(
        key("rope.scaling.original_context_length"),
        COUNT,
      ),
    }),
  },
  gemma2: {
    ...GEMMA,
    modelType: "gemma2",
    architecture: "Gemma2ForCausalLM",
    readConfig: (metadata) => ({
      ...readGgufGemma(metadata, "gemma2"),
      attn_logit_softcapping: readNumber(metadata, "attn_logit_softcapping") ??
        50,
      final_logit_softcapping:
        readNumber(metadata, "final_logit_softcapping") ?? 30,
    }),
  },
  gemma3: {
    ...GEMMA,
    modelType: "gemma3_text",
    architecture: "Gemma3ForCausalLM",
    readConfig: (metadata) => ({
      ...readGgufGemma(metadata, "gemma3"),
      final_logit_softcapping: readNumber(metadata, "final_logit_softcapping"),
    }),
  },
};

/**
 * Finds how the files of an architecture differ from others.
 *
 * @param fields The file's metadata.
 * @returns The differences, and how keys of the architecture are written.
 * @throws {TypeError | RangeError} It names no architecture, or one that is not supported.
 */
export function findGgufFamily(
  fields: ConfigFields,
): { readonly family: GgufFamily; readonly metadata: GgufFields } {
  const name = "general.architecture";
  const rule = `one of ${Object.keys(FAMILIES).join(", ")}`;
  const architecture = fields.optionalString(name) ?? fields.fail(name, rule);
  const family = Object.hasOwn(FAMILIES, architecture)
    ? FAMILIES[architecture]
    : undefined;
  const key = (rest: string): string => `${architecture}.${rest}`;
  const metadata = { fields, key };
  if (family === undefined) return fields.failRange(name, rule);
  // Mixtral's files call themselves Llama's.
  const count = fields.optionalInteger(key("expert_count"), {
    min: 0,
    max: COUNT.max,
  });
  const isMixtral = family === LLAMA && (count ?? 0) > 0;
  return { family: isMixtral ? MIXTRAL : family, metadata };
}

function readNumber({ fields, key }: GgufFields, name: string): number | null {
  return fields.optionalNumber(key(name), NUMBER);
}
