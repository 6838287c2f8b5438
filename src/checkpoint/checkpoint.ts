import { type ModelConfig, parseModelConfig } from "./config.ts";
import {
  type GenerationDefaults,
  parseGenerationConfig,
} from "./generation_config.ts";
import { directoryPath } from "./directory_path.ts";
import type { JsonObject } from "./json.ts";
import { readJsonFile } from "./json_file.ts";
import type { TensorEntry } from "./tensor_entry.ts";
import {
  openTensorFiles,
  type ReadTensorOptions,
  type TensorFiles,
} from "./tensor_files.ts";

/** A model in a directory: its configuration, and its tensors in open files. */
export interface Checkpoint extends TensorFiles {
  /** Where it is. */
  readonly directory: string;
  /** Its `config.json`, with the end-of-text ids of `generation_config.json` added. */
  readonly config: ModelConfig;
  /** Its `config.json` as it is, for what `config` leaves out. */
  readonly configJson: JsonObject;
  /** Its makers' sampling options. */
  readonly generationDefaults: GenerationDefaults;
}

const CONFIG_FILE = "config.json";
const GENERATION_FILE = "generation_config.json";

/**
 * Opens a model in Hugging Face's form: `config.json`, perhaps `generation_config.json`, and
 * `model.safetensors` or its shards. Everything but the tensors is read and checked; disposing
 * closes the files.
 *
 * @param directory A path, or a `file:`, `http:` or `https:` URL.
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
  directory: string | URL,
): Promise<Checkpoint> {
  const path = await directoryPath(directory);
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

type CheckpointParts = Omit<Checkpoint, keyof TensorFiles> & {
  readonly files: TensorFiles;
};

class OpenCheckpoint implements Checkpoint {
  readonly directory: string;
  readonly config: ModelConfig;
  readonly configJson: JsonObject;
  readonly generationDefaults: GenerationDefaults;
  readonly weightsFile: string;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly #files: TensorFiles;

  constructor(parts: CheckpointParts) {
    this.directory = parts.directory;
    this.config = parts.config;
    this.configJson = parts.configJson;
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
