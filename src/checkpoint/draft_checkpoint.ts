import { directoryPath } from "./directory_path.ts";
import { type DraftConfig, parseDraftConfig } from "./draft_config.ts";
import type { JsonObject } from "./json.ts";
import { readJsonFile } from "./json_file.ts";
import { pathExists } from "./path_exists.ts";
import { quote } from "./quote.ts";
import type { TensorEntry } from "./tensor_entry.ts";
import {
  openTensorFiles,
  type ReadTensorOptions,
  type TensorFiles,
} from "./tensor_files.ts";
import { openTorchFile } from "./torch_tensor_files.ts";

/** A drafter in a directory: its configuration, and its tensors in open files. */
export interface DraftCheckpoint extends TensorFiles {
  /** Where it is. */
  readonly directory: string;
  /** Its `config.json`. */
  readonly config: DraftConfig;
  /** Its `config.json` as it is, for what `config` leaves out. */
  readonly configJson: JsonObject;
}

const SAFETENSORS_FILES: readonly string[] = [
  "model.safetensors",
  "model.safetensors.index.json",
];
const TORCH_FILE = "pytorch_model.bin";

/**
 * Opens a drafter: `config.json`, and `model.safetensors` or its shards or, without them,
 * `pytorch_model.bin`. Everything but the tensors is read and checked; disposing closes the files.
 *
 * @param directory A path, or a `file:`, `http:` or `https:` URL.
 * @throws {ReferenceError} The directory, a file or a tensor is missing.
 * @throws {TypeError} It is not a directory, or a field or a file is of the wrong type.
 * @throws {RangeError} A value, size or offset is not what it must be.
 * @throws {SyntaxError} A file is malformed.
 *
 * @example
 * ```ts ignore
 * using checkpoint = await openDraftCheckpoint("models/llama-jakiro");
 * const drafter = await resolveDraftTensors(checkpoint, target.config);
 * ```
 */
export async function openDraftCheckpoint(
  directory: string | URL,
): Promise<DraftCheckpoint> {
  const path = await directoryPath(directory);
  const configFile = `${path}/config.json`;
  const configJson = await readJsonFile(configFile);
  const config = parseDraftConfig(configJson, configFile);
  const files = await openDraftFiles(path);
  return new OpenDraftCheckpoint(files, {
    directory: path,
    config,
    configJson,
  });
}

async function openDraftFiles(directory: string): Promise<TensorFiles> {
  for (const name of SAFETENSORS_FILES) {
    if (await pathExists(`${directory}/${name}`)) {
      return await openTensorFiles(directory);
    }
  }
  const file = `${directory}/${TORCH_FILE}`;
  if (await pathExists(file)) return await openTorchFile(file);
  const names = [...SAFETENSORS_FILES, TORCH_FILE].join(" or ");
  throw new ReferenceError(
    `Cannot open ${quote(directory)} as it must hold ${names}: found none`,
  );
}

class OpenDraftCheckpoint implements DraftCheckpoint {
  readonly directory: string;
  readonly config: DraftConfig;
  readonly configJson: JsonObject;
  readonly weightsFile: string;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly #files: TensorFiles;

  constructor(
    files: TensorFiles,
    parts: Omit<DraftCheckpoint, keyof TensorFiles>,
  ) {
    this.directory = parts.directory;
    this.config = parts.config;
    this.configJson = parts.configJson;
    this.weightsFile = files.weightsFile;
    this.tensors = files.tensors;
    this.#files = files;
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
