/** Writes a Llama's directory as a GGUF file. @module */

import { openCheckpoint, type TensorEntry } from "../../src/checkpoint/mod.ts";
import {
  type GgufMetadataValue,
  type GgufTensorToWrite,
  writeGguf,
} from "./gguf_file.ts";

/** llama.cpp's names of tensors. */
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
/** Numbers of the types of tensors. */
const TYPES: Readonly<Record<string, number>> = { F32: 0, F16: 1, BF16: 30 };

/**
 * Writes a Llama's directory as llama.cpp's converter would: its names, and rows of queries and keys as pairs. Matrices keep
 * their number type; vectors are f32. The vocabulary is a stand-in of as many pieces: the file is for ids alone.
 *
 * @param directory The model.
 * @param path Where to write.
 * @throws {TypeError} If it is no Llama, or its rotations are scaled.
 */
export async function writeLlamaGguf(
  directory: string | URL,
  path: string,
): Promise<void> {
  using checkpoint = await openCheckpoint(directory);
  const { config, configJson } = checkpoint;
  const type = configJson.get("model_type");
  if (type !== "llama" || config.ropeScaling !== null) {
    throw new TypeError(
      `Cannot write "${directory}" as GGUF as it must be a Llama without rope_scaling: is ${type}`,
    );
  }
  const { headDim } = config;
  const tensors = [...checkpoint.tensors.values()].map((entry) => {
    const read = async (): Promise<Uint8Array<ArrayBuffer>> => {
      const into = new Uint8Array(entry.sizeBytes);
      await checkpoint.readTensorBytes(entry, { into });
      return into;
    };
    return toGguf(entry, { read, headDim });
  });
  await writeGguf(path, {
    "general.architecture": ["text", "llama"],
    "llama.context_length": ["u32", config.maxPositionEmbeddings],
    "llama.embedding_length": ["u32", config.hiddenSize],
    "llama.feed_forward_length": ["u32", config.intermediateSize],
    "llama.attention.head_count": ["u32", config.numAttentionHeads],
    "llama.attention.head_count_kv": ["u32", config.numKeyValueHeads],
    "llama.attention.key_length": ["u32", headDim],
    "llama.attention.value_length": ["u32", headDim],
    "llama.attention.layer_norm_rms_epsilon": ["f32", config.rmsNormEps],
    "llama.block_count": ["u32", config.numHiddenLayers],
    "llama.rope.dimension_count": ["u32", headDim],
    "llama.rope.freq_base": ["f32", config.ropeTheta],
    ...standInVocabulary(config.vocabSize),
  }, tensors);
}

/** Pieces of a SentencePiece vocabulary that no text has. */
function standInVocabulary(
  size: number,
): Readonly<Record<string, GgufMetadataValue>> {
  const ids = Array.from({ length: size }, (_, id) => id);
  const special = ["<unk>", "<s>", "</s>"];
  return {
    "tokenizer.ggml.model": ["text", "llama"],
    "tokenizer.ggml.tokens": [
      "texts",
      ids.map((id) => special[id] ?? pieceOf(id)),
    ],
    "tokenizer.ggml.scores": ["f32s", ids.map((id) => -id)],
    "tokenizer.ggml.token_type": [
      "i32s",
      ids.map((id) => id === 0 ? 2 : id < 3 ? 3 : id < 259 ? 6 : 1),
    ],
    "tokenizer.ggml.bos_token_id": ["u32", 1],
    "tokenizer.ggml.eos_token_id": ["u32", 2],
    "tokenizer.ggml.unknown_token_id": ["u32", 0],
  };
}

/** 256 bytes, which such a vocabulary must have, and then words. */
function pieceOf(id: number): string {
  const byte = id - 3;
  return byte < 256
    ? `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`
    : `piece${id}`;
}

function toGguf(
  entry: TensorEntry,
  { read, headDim }: {
    readonly read: () => Promise<Uint8Array<ArrayBuffer>>;
    readonly headDim: number;
  },
): GgufTensorToWrite {
  const { dtype, shape } = entry;
  const name = NAMES.reduce(
    (name, [pattern, own]) => name.replace(pattern, own),
    entry.name,
  );
  const isVector = shape.length === 1;
  const isPaired = /attn_[qk]\.weight$/.test(name);
  const numRows = shape[0] ?? 1;
  return {
    name,
    type: isVector ? 0 : TYPES[dtype] ?? NaN,
    shape,
    sizeBytes: isVector ? numRows * 4 : entry.sizeBytes,
    read: async () => {
      const bytes = await read();
      if (isVector) return toF32(bytes, dtype);
      if (!isPaired) return bytes;
      return pairRows(bytes, { rowBytes: bytes.length / numRows, headDim });
    },
  };
}

/** As `LlamaModel.permute` of llama.cpp: `reshape(heads, 2, half, …).swapaxes(1, 2)`. */
function pairRows(
  bytes: Uint8Array,
  sizes: { readonly rowBytes: number; readonly headDim: number },
): Uint8Array {
  const { rowBytes, headDim } = sizes;
  const paired = new Uint8Array(bytes.length);
  const numRows = bytes.length / rowBytes;
  for (let row = 0; row < numRows; row++) {
    const head = Math.floor(row / headDim);
    const pair = Math.floor(row % headDim / 2);
    const from = head * headDim + row % 2 * headDim / 2 + pair;
    const start = from * rowBytes;
    paired.set(bytes.subarray(start, start + rowBytes), row * rowBytes);
  }
  return paired;
}

function toF32(bytes: Uint8Array<ArrayBuffer>, dtype: string): Uint8Array {
  if (dtype === "F32") return bytes;
  const values = dtype === "F16"
    ? Float32Array.from(new Float16Array(bytes.buffer))
    : new Float32Array(
      Uint32Array.from(new Uint16Array(bytes.buffer), (half) => half << 16)
        .buffer,
    );
  return new Uint8Array(values.buffer);
}
