/**
 * Forward passes in f64 of the families that run, written from what their authors and Hugging Face's
 * `modeling_*.py` publish: all rows at once, full matrices of scores with a mask, no cache. Configurations are read
 * here as they are stored, by nothing of `src`.
 *
 * @module
 */

import { add, affine, type ReferenceTensor, row } from "./llama.ts";

/** A `config.json`. */
export type RawConfig = Readonly<Record<string, unknown>>;

type Vector = readonly number[];
type Weight = (name: string) => ReferenceTensor;

/** What the definitions differ in. */
interface Definition {
  /** Norms multiply by `1 + w`. */
  readonly isGemma: boolean;
  readonly numHeads: number;
  readonly numKvHeads: number;
  readonly headDim: number;
  readonly eps: number;
  readonly scale: number;
  readonly scoreCap: number | null;
  /** Keys that a layer sees, by layer. */
  readonly window: (layer: number) => number;
  /** Inverse frequencies and the factor of cosine and sine, by layer. */
  readonly rope: (layer: number) => { frequencies: Vector; factor: number };
}

/**
 * Computes logits at every position.
 *
 * @param tensors Tensors by their Hugging Face names.
 * @param config The model's `config.json`.
 * @param args Ids, and the context that the model is loaded for.
 * @returns `[T, V]`
 */
export function familyLogits(
  tensors: ReadonlyMap<string, ReferenceTensor>,
  config: RawConfig,
  args: { readonly ids: readonly number[]; readonly contextLength: number },
): number[][] {
  const definition = define(config, args.contextLength);
  const weight: Weight = (name) => {
    const found = tensors.get(name);
    if (found === undefined) throw new ReferenceError(`no tensor ${name}`);
    return found;
  };
  const embed = weight("model.embed_tokens.weight");
  const D = Number(config.hidden_size);
  const embedScale = definition.isGemma ? Math.sqrt(D) : 1;
  let stream: Vector[] = args.ids.map((id) =>
    row(embed, id).map((value) => value * embedScale)
  );
  for (let layer = 0; layer < Number(config.num_hidden_layers); layer++) {
    const name = `model.layers.${layer}`;
    const norm = (part: string, x: Vector): number[] =>
      normalise(x, weight(`${name}.${part}.weight`), definition);
    const attended = attention(
      stream.map((x) => norm("input_layernorm", x)),
      { name: `${name}.self_attn`, layer, config, definition, weight, tensors },
    );
    stream = stream.map((x, t) => {
      const out = attended[t] ?? [];
      return add(
        x,
        definition.isGemma ? norm("post_attention_layernorm", out) : out,
      );
    });
    stream = stream.map((x) => {
      if (!definition.isGemma) {
        const input = norm("post_attention_layernorm", x);
        return add(x, feedForward(input, { name, config, weight }));
      }
      const input = norm("pre_feedforward_layernorm", x);
      const out = feedForward(input, { name, config, weight });
      return add(x, norm("post_feedforward_layernorm", out));
    });
  }
  const head = tensors.get("lm_head.weight") ?? embed;
  const cap = optional(config.final_logit_softcapping);
  return stream.map((x) =>
    affine(
      head,
      undefined,
      normalise(x, weight("model.norm.weight"), definition),
    )
      .map((logit) => softCap(logit, cap))
  );
}

function define(config: RawConfig, contextLength: number): Definition {
  const type = String(config.model_type);
  const isGemma = type.startsWith("gemma");
  const numHeads = Number(config.num_attention_heads);
  const headDim = Number(
    config.head_dim ?? Number(config.hidden_size) / numHeads,
  );
  const theta = Number(
    config.rope_theta ?? (type === "gemma3_text" ? 1e6 : 1e4),
  );
  const types = config.layer_types;
  const window = Number(config.sliding_window ?? Infinity);
  const isLocal = (layer: number): boolean => {
    if (Array.isArray(types)) return types[layer] === "sliding_attention";
    switch (type) {
      case "gemma2":
        return layer % 2 === 0;
      case "gemma3_text":
        return (layer + 1) % Number(config.sliding_window_pattern ?? 6) !== 0;
      case "qwen2":
      case "qwen3":
        return config.use_sliding_window === true &&
          layer >= Number(config.max_window_layers);
      default:
        return true;
    }
  };
  return {
    isGemma,
    numHeads,
    numKvHeads: Number(config.num_key_value_heads ?? numHeads),
    headDim,
    eps: Number(config.rms_norm_eps),
    scale: 1 / Math.sqrt(Number(config.query_pre_attn_scalar ?? headDim)),
    scoreCap: optional(config.attn_logit_softcapping),
    window: (layer) => isLocal(layer) ? window : Infinity,
    rope: (layer) =>
      type === "gemma3_text" && isLocal(layer)
        ? {
          frequencies: plainFrequencies(
            headDim,
            Number(config.rope_local_base_freq ?? 1e4),
          ),
          factor: 1,
        }
        : scaledFrequencies(config, { headDim, theta, contextLength }),
  };
}

function optional(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

function plainFrequencies(headDim: number, theta: number): number[] {
  return Array.from(
    { length: headDim / 2 },
    (_, i) => 1 / theta ** (2 * i / headDim),
  );
}

function scaledFrequencies(
  config: RawConfig,
  { headDim, theta, contextLength }: {
    readonly headDim: number;
    readonly theta: number;
    readonly contextLength: number;
  },
): { frequencies: Vector; factor: number } {
  const plain = plainFrequencies(headDim, theta);
  const scaling = config.rope_scaling;
  if (typeof scaling !== "object" || scaling === null) {
    return { frequencies: plain, factor: 1 };
  }
  const field = (key: string): unknown => Reflect.get(scaling, key);
  const type = field("rope_type") ?? field("type");
  if (type === "linear") {
    const factor = Number(field("factor"));
    return { frequencies: plain.map((f) => f / factor), factor: 1 };
  }
  if (type !== "longrope") throw new RangeError(`no reference of ${type}`);
  const original = Number(config.original_max_position_embeddings);
  const ratio = Number(config.max_position_embeddings) / original;
  const factors = field(
    contextLength > original ? "long_factor" : "short_factor",
  );
  if (!Array.isArray(factors)) throw new TypeError("no factors");
  return {
    frequencies: plain.map((f, i) => f / Number(factors[i])),
    factor: Math.sqrt(1 + Math.log(ratio) / Math.log(original)),
  };
}

function softCap(value: number, cap: number | null): number {
  return cap === null ? value : cap * Math.tanh(value / cap);
}

function normalise(
  x: Vector,
  weight: ReferenceTensor,
  { eps, isGemma }: Pick<Definition, "eps" | "isGemma">,
): number[] {
  const mean = x.reduce((sum, value) => sum + value ** 2, 0) / x.length;
  return x.map((value, d) =>
    value / Math.sqrt(mean + eps) *
    ((weight.values[d] ?? NaN) + (isGemma ? 1 : 0))
  );
}

function attention(
  inputs: readonly Vector[],
  args: {
    readonly name: string;
    readonly layer: number;
    readonly config: RawConfig;
    readonly definition: Definition;
    readonly weight: Weight;
    readonly tensors: ReadonlyMap<string, ReferenceTensor>;
  },
): number[][] {
  const { name, layer, definition, tensors } = args;
  const { headDim: E, numHeads, numKvHeads, scale, scoreCap } = definition;
  const window = definition.window(layer);
  const { q, k, v } = projections(inputs, args);
  return inputs.map((_, t) => {
    const out: number[] = [];
    for (let head = 0; head < numHeads; head++) {
      const group = Math.floor(head / (numHeads / numKvHeads));
      const scores = inputs.map((_, p) => {
        const product = (q[t]?.[head] ?? []).reduce(
          (sum, x, e) => sum + x * (k[p]?.[group]?.[e] ?? NaN),
          0,
        );
        const isSeen = p <= t && p > t - window;
        return isSeen ? softCap(product * scale, scoreCap) : -Infinity;
      });
      const highest = Math.max(...scores);
      const exps = scores.map((score) => Math.exp(score - highest));
      const total = exps.reduce((sum, value) => sum + value, 0);
      for (let e = 0; e < E; e++) {
        out.push(
          exps.reduce(
            (sum, x, p) => sum + x / total * (v[p]?.[group]?.[e] ?? NaN),
            0,
          ),
        );
      }
    }
    const o = tensors.get(`${name}.o_proj.bias`);
    return affine(args.weight(`${name}.o_proj.weight`), o, out);
  });
}

/** Queries, keys and values: rows of heads, queries and keys rotated. */
function projections(
  inputs: readonly Vector[],
  args: Parameters<typeof attention>[1],
): Record<"q" | "k" | "v", number[][][]> {
  const { name, layer, config, definition, weight, tensors } = args;
  const { headDim: E, numHeads, numKvHeads } = definition;
  const split = (values: Vector): number[][] =>
    Array.from(
      { length: values.length / E },
      (_, head) => values.slice(head * E, (head + 1) * E),
    );
  const all = inputs.map((x): Vector[] => {
    if (config.model_type === "phi3") {
      const joint = affine(weight(`${name}.qkv_proj.weight`), undefined, x);
      const kv = (numHeads + numKvHeads) * E;
      return [
        joint.slice(0, numHeads * E),
        joint.slice(numHeads * E, kv),
        joint.slice(kv),
      ];
    }
    return ["q_proj", "k_proj", "v_proj"].map((part) =>
      affine(
        weight(`${name}.${part}.weight`),
        tensors.get(`${name}.${part}.bias`),
        x,
      )
    );
  });
  const hasNorm = ["qwen3", "gemma3_text"].includes(String(config.model_type));
  const rope = definition.rope(layer);
  const ready = (part: number, norm: string): number[][][] =>
    all.map((vectors, position) =>
      split(vectors[part] ?? []).map((head) =>
        turn(
          hasNorm
            ? normalise(head, weight(`${name}.${norm}.weight`), definition)
            : head,
          position,
          rope,
        )
      )
    );
  return {
    q: ready(0, "q_norm"),
    k: ready(1, "k_norm"),
    v: all.map((vectors) => split(vectors[2] ?? [])),
  };
}

function turn(
  head: Vector,
  position: number,
  rope: { readonly frequencies: Vector; readonly factor: number },
): number[] {
  const half = head.length / 2;
  return head.map((value, e) => {
    const angle = position * (rope.frequencies[e % half] ?? NaN);
    const other = e < half ? -(head[e + half] ?? NaN) : head[e - half] ?? NaN;
    return (value * Math.cos(angle) + other * Math.sin(angle)) * rope.factor;
  });
}

function feedForward(
  x: Vector,
  { name, config, weight }: {
    readonly name: string;
    readonly config: RawConfig;
    readonly weight: Weight;
  },
): number[] {
  const linear = (part: string, input: Vector): number[] =>
    affine(weight(`${name}.${part}.weight`), undefined, input);
  const act = String(config.model_type).startsWith("gemma") ? gelu : silu;
  const gated = (gate: Vector, up: Vector): number[] =>
    gate.map((value, f) => act(value) * (up[f] ?? NaN));
  switch (config.model_type) {
    case "phi3": {
      const joint = linear("mlp.gate_up_proj", x);
      const F = joint.length / 2;
      return linear("mlp.down_proj", gated(joint.slice(0, F), joint.slice(F)));
    }
    case "mixtral": {
      const moe = "block_sparse_moe";
      const logits = linear(`${moe}.gate`, x);
      const exps = logits.map((logit) => Math.exp(logit));
      const chosen = [...exps.keys()]
        .sort((a, b) => (exps[b] ?? NaN) - (exps[a] ?? NaN))
        .slice(0, Number(config.num_experts_per_tok));
      const total = chosen.reduce((sum, e) => sum + (exps[e] ?? NaN), 0);
      return chosen.reduce(
        (sum, e) => {
          const expert = `${moe}.experts.${e}`;
          const inner = gated(
            linear(`${expert}.w1`, x),
            linear(`${expert}.w3`, x),
          );
          const share = (exps[e] ?? NaN) / total;
          return add(
            sum,
            linear(`${expert}.w2`, inner).map((value) => value * share),
          );
        },
        x.map(() => 0),
      );
    }
    default:
      return linear(
        "mlp.down_proj",
        gated(linear("mlp.gate_proj", x), linear("mlp.up_proj", x)),
      );
  }
}

function silu(z: number): number {
  return z / (1 + Math.exp(-z));
}

function gelu(z: number): number {
  return z / 2 *
    (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (z + 0.044715 * z ** 3)));
}
