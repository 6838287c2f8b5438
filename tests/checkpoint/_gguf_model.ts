import { convertToGguf } from "./_gguf_converter.ts";
import { f32Bytes, type GgufContent, type GgufValue } from "./_gguf_writer.ts";
import { readSafetensorsFile } from "../../src/checkpoint/mod.ts";

const F32 = 0;

/**
 * A model's directory as llama.cpp's converter would write it.
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
  const content = convertToGguf(
    config,
    [...tensors.values()].map(({ name, shape, bytes, dtype }) => ({
      name,
      type: F32,
      shape,
      bytes: dtype === "F32"
        ? bytes
        : f32Bytes(new Float16Array(bytes.slice().buffer)),
    })),
  );
  return {
    ...content,
    metadata: {
      ...content.metadata,
      ...sentencePiece(await readJson("tokenizer.json")),
    },
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
