import type { CheckpointParts } from "./checkpoint_parts.ts";
import { parseModelConfig } from "./config.ts";
import { ConfigFields } from "./config_fields.ts";
import { parseGenerationConfig } from "./generation_config.ts";
import { ggufConfigJson } from "./gguf_config.ts";
import {
  GGUF_FACTORS,
  isGgufFactors,
  MAX_GGUF_FACTORS,
} from "./gguf_factors.ts";
import { findGgufFamily } from "./gguf_family.ts";
import { openGgufFiles } from "./gguf_files.ts";
import { ggufGenerationJson } from "./gguf_generation.ts";
import { ggufHeadDim } from "./gguf_head_dim.ts";
import { ggufTensors } from "./gguf_tensors.ts";
import type { OpenTensorFiles } from "./open_tensor_files.ts";
import { entryMessage } from "./tensor_entry.ts";

const EMBEDDING = "token_embd.weight";

/**
 * Opens a model in a GGUF file, perhaps the first of several; its tensors have Hugging Face's names.
 *
 * @param file A path, or an address on a server.
 * @throws {ReferenceError} A file or the embedding is missing.
 * @throws {SyntaxError | TypeError | RangeError} A file is malformed, or holds what is not supported.
 */
export async function openGgufCheckpoint(
  file: string,
): Promise<CheckpointParts> {
  using closing = new DisposableStack();
  const { files, metadata } = await openGgufFiles(file);
  closing.use(files);
  const fields = new ConfigFields(metadata, { file });
  const { family, metadata: keyed } = findGgufFamily(fields);
  const [vocabSize = 0] = files.tensors.get(EMBEDDING)?.shape ?? [];
  const named = ggufTensors(files.tensors, {
    family,
    headDim: ggufHeadDim(keyed),
  });
  const configJson = ggufConfigJson(keyed, {
    family,
    vocabSize,
    names: new Set(named.keys()),
    factors: await readFactors(files),
  });
  const config = {
    ...parseModelConfig(configJson, file),
    ...family.hasWholeNorms ? { normOffset: 0 } as const : {},
  };
  const { defaults } = parseGenerationConfig(
    ggufGenerationJson(fields),
    { file, vocabSize },
  );
  files.tensors.clear();
  for (const [name, entry] of named) files.tensors.set(name, entry);
  // From here on it is the caller who closes them.
  closing.move();
  return {
    directory: file,
    config,
    configJson,
    metadata,
    generationDefaults: defaults,
    files,
  };
}

async function readFactors(
  files: OpenTensorFiles,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const factors = new Map<string, readonly number[]>();
  for (const name of GGUF_FACTORS) {
    const entry = files.tensors.get(name);
    if (entry === undefined) continue;
    if (!isGgufFactors(entry)) {
      throw new RangeError(entryMessage(entry, {
        rule: `it must be F32 [E/2], E/2 at most ${MAX_GGUF_FACTORS}`,
        found: `${entry.dtype} [${entry.shape.join(", ")}]`,
      }));
    }
    const into = new Uint8Array(entry.sizeBytes);
    await files.readTensorBytes(entry, { into });
    factors.set(name, [...new Float32Array(into.buffer)]);
  }
  return factors;
}
