import { readSafetensorsFile } from "../../src/checkpoint/mod.ts";
import type { GgufContent, GgufTensor, GgufValue } from "./_gguf_writer.ts";

const F32 = 0;
/** llama.cpp's names of tensors, written out so that they are no copy of the code. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/^model\.embed_tokens/, "token_embd"],
  [/^model\.norm/, "output_norm"],
  [/^lm_head/, "output"],
  [/^model\.layers\.(\d+)\.input_layernorm/, "blk.$1.attn_norm"],
  [/^model\.layers\.(\d+)\.self_attn\.o_proj/, "blk.$1.attn_output"],
  [/^model\.layers\.(\d+)\.self_attn\.(.)_proj/, "blk.$1.attn_$2"],
  [/^model\.layers\.(\d+)\.post_attention_layernorm/, "blk.$1.ffn_norm"],
  [/^model\.layers\.(\d+)\.mlp\.(\w+)_proj/, "blk.$1.ffn_$2"],
];

/**
 * A Llama's directory as llama.cpp's converter would write it: names, and rows of queries and keys in pairs.
 *
 * Every number is stored as F32. SentencePiece's scores fall with the id, as those of stories260k do.
 */
export async function ggufOfDirectory(directory: string): Promise<GgufContent> {
  const readJson = async (name: string) =>
    JSON.parse(await Deno.readTextFile(`${directory}/${name}`));
  const config = await readJson("config.json");
  const { tensors } = await readSafetensorsFile(
    `${directory}/model.safetensors`,
  );
  const headDim = config.head_dim ??
    config.hidden_size / config.num_attention_heads;
  const written = [...tensors.values()].map((tensor): GgufTensor => {
    const name = NAMES.reduce(
      (name, [pattern, own]) => name.replace(pattern, own),
      tensor.name,
    );
    const bytes = toF32(tensor.bytes, tensor.dtype);
    const rowBytes = bytes.length / (tensor.shape[0] ?? 1);
    const isPaired = /attn_[qk]\.weight$/.test(name);
    return {
      name,
      type: F32,
      shape: tensor.shape,
      bytes: isPaired ? pairRows(bytes, { rowBytes, headDim }) : bytes,
    };
  });
  return {
    metadata: {
      "general.architecture": ["text", "llama"],
      "llama.context_length": ["u32", config.max_position_embeddings],
      "llama.embedding_length": ["u32", config.hidden_size],
      "llama.feed_forward_length": ["u32", config.intermediate_size],
      "llama.attention.head_count": ["u32", config.num_attention_heads],
      "llama.attention.head_count_kv": ["u32", config.num_key_value_heads],
      "llama.attention.key_length": ["u32", headDim],
      "llama.attention.value_length": ["u32", headDim],
      "llama.block_count": ["u32", config.num_hidden_layers],
      "llama.rope.dimension_count": ["u32", headDim],
      "llama.rope.freq_base": ["f32", config.rope_theta],
      "llama.attention.layer_norm_rms_epsilon": ["f32", config.rms_norm_eps],
      ...sentencePiece(await readJson("tokenizer.json")),
    },
    tensors: written,
  };
}

/** The metadata of a SentencePiece tokenizer whose ids rise as scores fall. */
function sentencePiece(
  json: {
    readonly model: { readonly vocab: Readonly<Record<string, number>> };
  },
): Record<string, GgufValue> {
  const tokens = Object.entries(json.model.vocab)
    .toSorted(([, a], [, b]) => a - b).map(([token]) => token);
  const types = tokens.map((token, id) =>
    id === 0 ? 2 : id < 3 ? 3 : /^<0x..>$/.test(token) ? 6 : 1
  );
  return {
    "tokenizer.ggml.model": ["text", "llama"],
    "tokenizer.ggml.tokens": ["list", "text", tokens],
    "tokenizer.ggml.scores": ["list", "f32", tokens.map((_, id) => -id)],
    "tokenizer.ggml.token_type": ["list", "i32", types],
    "tokenizer.ggml.bos_token_id": ["u32", 1],
    "tokenizer.ggml.eos_token_id": ["u32", 2],
    "tokenizer.ggml.unknown_token_id": ["u32", 0],
  };
}

/** As `LlamaModel.permute` of llama.cpp: `reshape(heads, 2, half, …).swapaxes(1, 2)`. */
function pairRows(
  bytes: Uint8Array,
  { rowBytes, headDim }: {
    readonly rowBytes: number;
    readonly headDim: number;
  },
): Uint8Array {
  const paired = new Uint8Array(bytes.length);
  const numHeads = bytes.length / rowBytes / headDim;
  let at = 0;
  for (let head = 0; head < numHeads; head++) {
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

function toF32(bytes: Uint8Array<ArrayBuffer>, dtype: string): Uint8Array {
  if (dtype === "F32") return bytes;
  const halves = new Float16Array(bytes.slice().buffer);
  return new Uint8Array(Float32Array.from(halves).buffer);
}
