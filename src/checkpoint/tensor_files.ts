import { readJsonFile } from "./json_file.ts";
import { OpenTensorFiles } from "./open_tensor_files.ts";
import { pathExists } from "./path_exists.ts";
import { quote } from "./quote.ts";
import { readSafetensorsHeader } from "./safetensors.ts";
import { parseSafetensorsIndex } from "./safetensors_index.ts";
import type { TensorEntry } from "./tensor_entry.ts";

/** What part of a tensor to read, and where to. */
export interface ReadTensorOptions {
  /** First byte, counted from the tensor's start. Default: 0. */
  readonly startBytes?: number;
  /** Filled from `startBytes` on. */
  readonly into: Uint8Array<ArrayBuffer>;
}

/** Open files that hold tensors. */
export interface TensorFiles extends Disposable {
  /** The file that lists the tensors: the one that holds them, or the index of its shards. */
  readonly weightsFile: string;
  /** All tensors by name. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /**
   * Reads part of a tensor. Calls may overlap; those on one file run in turn.
   *
   * @throws {RangeError} The part is not in the tensor, or the file has become shorter.
   * @throws {ReferenceError} The tensor is of other files.
   * @throws {TypeError} The files are closed.
   */
  readTensorBytes(
    entry: TensorEntry,
    options: ReadTensorOptions,
  ): Promise<void>;
}

const SINGLE_FILE = "model.safetensors";
const INDEX_FILE = "model.safetensors.index.json";

/**
 * Opens `model.safetensors` in a directory or, without one, all shards that
 * `model.safetensors.index.json` names, and reads their headers. The tensors stay in the files.
 *
 * @throws {ReferenceError} A file, or a tensor that the index promises, is missing.
 * @throws {SyntaxError | TypeError | RangeError} A header or the index is malformed.
 */
export async function openTensorFiles(directory: string): Promise<TensorFiles> {
  const isSingle = await pathExists(`${directory}/${SINGLE_FILE}`);
  const weightsFile = `${directory}/${isSingle ? SINGLE_FILE : INDEX_FILE}`;
  using closing = new DisposableStack();
  const files = closing.use(new OpenTensorFiles(weightsFile));
  if (isSingle) await openSafetensors(files, weightsFile);
  else await openShards(files, directory);
  // From here on it is the caller who closes them.
  closing.move();
  return files;
}

async function openShards(
  files: OpenTensorFiles,
  directory: string,
): Promise<void> {
  const index = await readIndex(directory);
  for (const shard of new Set(index.values())) {
    const file = `${directory}/${shard}`;
    for (const name of (await openSafetensors(files, file)).keys()) {
      checkListed(name, { file, shard, listed: index.get(name) });
    }
  }
  for (const [name, shard] of index) {
    if (!files.tensors.has(name)) failMissing(name, `${directory}/${shard}`);
  }
}

async function readIndex(
  directory: string,
): Promise<ReadonlyMap<string, string>> {
  const file = `${directory}/${INDEX_FILE}`;
  if (!await pathExists(file)) {
    throw new ReferenceError(
      `Cannot open ${
        quote(directory)
      } as it must hold ${SINGLE_FILE} or ${INDEX_FILE}: found neither`,
    );
  }
  return parseSafetensorsIndex(await readJsonFile(file), file);
}

/** Where a tensor is, and where the index says. */
interface ShardPlace {
  readonly file: string;
  readonly shard: string;
  readonly listed: string | undefined;
}

function checkListed(name: string, place: ShardPlace): void {
  if (place.listed === place.shard) return;
  throw new RangeError(
    `Cannot load ${quote(name)} from ${
      quote(place.file)
    } as ${INDEX_FILE} must list it there: found ${
      place.listed === undefined ? "it nowhere" : quote(place.listed)
    }`,
  );
}

function failMissing(name: string, file: string): never {
  throw new ReferenceError(
    `Cannot load ${quote(name)} from ${
      quote(file)
    } as ${INDEX_FILE} lists it there: found no such tensor`,
  );
}

async function openSafetensors(
  files: OpenTensorFiles,
  file: string,
): Promise<ReadonlyMap<string, TensorEntry>> {
  const { tensors } = await readSafetensorsHeader(await files.open(file));
  for (const [name, entry] of tensors) files.tensors.set(name, entry);
  return tensors;
}
