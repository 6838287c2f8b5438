import type { CheckpointParts } from "./checkpoint_parts.ts";
import { type ModelConfig, parseModelConfig } from "./config.ts";
import {
  type GenerationDefaults,
  parseGenerationConfig,
} from "./generation_config.ts";
import { directoryPath } from "./directory_path.ts";
import { openGgufCheckpoint } from "./gguf_checkpoint.ts";
import type { JsonObject } from "./json.ts";
import { readJsonFile } from "./json_file.ts";
import { isGguf, sourcePath } from "./source_path.ts";
import type { TensorEntry } from "./tensor_entry.ts";
import {
  openTensorFiles,
  type ReadTensorOptions,
  type TensorFiles,
} from "./tensor_files.ts";

/** A model in a directory or GGUF file: its configuration, and its tensors in open files. */
export interface Checkpoint extends TensorFiles {
  /** Where it is: a directory, or a GGUF file. */
  readonly directory: string;
  /** Its `config.json`, with the end-of-text ids of `generation_config.json` added. */
  readonly config: ModelConfig;
  /** Its `config.json` as it is, for what `config` leaves out; of a GGUF file, what stands for it. */
  readonly configJson: JsonObject;
  /** Metadata of a GGUF file, which says what other models have further files for, or null. */
  readonly metadata: JsonObject | null;
  /** Its makers' sampling options. */
  readonly generationDefaults: GenerationDefaults;
}

const CONFIG_FILE = "config.json";
const GENERATION_FILE = "generation_config.json";

/**
 * Opens a model in Hugging Face's form: `config.json`, perhaps `generation_config.json`, and
 * `model.safetensors` or its shards; or one in a GGUF file, perhaps the first of several. Everything
 * but the tensors is read and checked; disposing closes the files.
 *
 * @param source A directory or a file ending in `.gguf`: a path, or a `file:`, `http:` or `https:` URL.
 * @throws {ReferenceError} The directory, a file or a tensor is missing.
 * @throws {TypeError} It is not a directory, or a field or a file is of the wrong type.
 * @throws {RangeError} A value, size or offset is not what it must be.
 * @throws {SyntaxError} A file is not JSON, or a header is malformed.
 *
 * @example
 * ```ts ignore
 * using checkpoint = await openCheckpoint("models/llama");
 * const { layers } = resolveLlamaTensors(checkpoint);
 * ```
 */
export async function openCheckpoint(
  source: string | URL,
): Promise<Checkpoint> {
  if (isGguf(source)) {
    return new OpenCheckpoint(await openGgufCheckpoint(sourcePath(source)));
  }
  const path = await directoryPath(source);
  const configFile = `${path}/${CONFIG_FILE}`;
  const configJson = await readJsonFile(configFile);
  const config = parseModelConfig(configJson, configFile);
  const file = `${path}/${GENERATION_FILE}`;
  const generation = parseGenerationConfig(
    await readOptionalJsonFile(file),
    { file, vocabSize: config.vocabSize },
  );
  const eosTokenIds = new Set([
    ...config.eosTokenIds,
    ...generation.eosTokenIds,
  ]);
  return new OpenCheckpoint({
    directory: path,
    config: {
      ...config,
      bosTokenId: config.bosTokenId ?? generation.bosTokenId,
      eosTokenIds: [...eosTokenIds],
    },
    configJson,
    metadata: null,
    generationDefaults: generation.defaults,
    files: await openTensorFiles(path),
  });
}

async function readOptionalJsonFile(file: string): Promise<JsonObject> {
  try {
    return await readJsonFile(file);
  } catch (error) {
    if (error instanceof ReferenceError) return new Map();
    throw error;
  }
}

class OpenCheckpoint implements Checkpoint {
  readonly directory: string;
  readonly config: ModelConfig;
  readonly configJson: JsonObject;
  readonly metadata: JsonObject | null;
  readonly generationDefaults: GenerationDefaults;
  readonly weightsFile: string;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly #files: TensorFiles;

  constructor(parts: CheckpointParts) {
    this.directory = parts.directory;
    this.config = parts.config;
    this.configJson = parts.configJson;
    this.metadata = parts.metadata;
    this.generationDefaults = parts.generationDefaults;
    this.weightsFile = parts.files.weightsFile;
    this.tensors = parts.files.tensors;
    this.#files = parts.files;
  }

  readTensorBytes(
    entry: TensorEntry,
    options: ReadTensorOptions,
  ): Promise<void> {
    return this.#files.readTensorBytes(entry, options);
  }

  [Symbol.dispose](): void {
    this.#files[Symbol.dispose]();
  }
}
