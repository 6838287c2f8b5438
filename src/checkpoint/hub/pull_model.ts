import { join } from "node:path";
import { chooseFiles, type ChosenFiles } from "./choose_files.ts";
import { downloadFile } from "./download_file.ts";
import { HubCache } from "./hub_cache.ts";
import { type HubListing, listHubFiles } from "./hub_listing.ts";
import type { HubSettings } from "./hub_settings.ts";
import { formatHubSpec, type HubSpec } from "./model_spec.ts";
import { quote } from "../quote.ts";
import { readJsonFile } from "../json_file.ts";
import { parseSafetensorsIndex } from "../safetensors_index.ts";
import { RETRY_POLICY, type RetryPolicy, TransientError } from "./retry.ts";

/** How far a download has come. */
export interface PullProgress {
  /** Name of the file. */
  readonly file: string;
  /** Bytes of it that are there. */
  readonly done: number;
  /** Of how many. */
  readonly total: number;
}

/** How to pull. */
export interface PullOptions {
  /** Where from, and where to. */
  readonly settings: HubSettings;
  /** How often to try. */
  readonly policy?: RetryPolicy;
  /** Length of the ranges that are fetched side by side. */
  readonly rangeBytes?: number;
  /** Ends the pulling, which can be resumed. */
  readonly signal?: AbortSignal | undefined;
  /** Called as files come. */
  readonly onProgress?: ((progress: PullProgress) => void) | undefined;
  /** Called with what a user should know. */
  readonly onRemark?: ((text: string) => void) | undefined;
}

/** A model of the Hub, wanted or had. */
export interface HubModel {
  /** The repository in the cache. */
  readonly cache: HubCache;
  /** Its commit, and the files that it has there. */
  readonly listing: HubListing;
  /** Those that the model takes. */
  readonly chosen: ChosenFiles;
}

/**
 * Brings a model of the Hub into the cache, as far as it is not there.
 *
 * @param spec The model.
 * @param options How to pull.
 * @returns Its folder, or its GGUF file.
 * @throws {ReferenceError} There is no such model, revision or file.
 * @throws {TypeError} The Hub refuses, or cannot be reached and the cache does not hold the model.
 * @throws {RangeError} What the Hub sends is not what it announced, or would lead out of the cache.
 */
export async function pullModel(
  spec: HubSpec,
  options: PullOptions,
): Promise<string> {
  const found = await findModel(spec, options);
  if (typeof found === "string") return found;
  const { cache, listing, chosen } = found;
  const { settings, policy = RETRY_POLICY, signal, onProgress } = options;
  for (const path of chosen.paths) {
    const file = listing.files.get(path);
    if (file === undefined) continue;
    const { sizeBytes, digest } = file;
    const hash = digest.hex;
    await downloadFile({
      url: resolveUrl(settings, { spec, commit: listing.commit, path }),
      sizeBytes,
      digest,
      path: cache.blob(hash),
      lockPath: cache.lock(hash),
    }, {
      settings,
      policy,
      signal,
      ...options.rangeBytes === undefined
        ? {}
        : { rangeBytes: options.rangeBytes },
      onProgress: (done) =>
        onProgress?.({ file: path, done, total: sizeBytes }),
    });
    await cache.link(listing.commit, { path, hash });
  }
  await cache.writeRef(spec.revision, listing.commit);
  return modelPath(cache, { commit: listing.commit, chosen });
}

/**
 * Finds a model: in the cache where the Hub need not or cannot be asked, else what files it takes.
 *
 * @param spec The model.
 * @param options How to ask.
 * @returns Its folder or GGUF file in the cache, or what is to be pulled.
 * @throws As {@linkcode pullModel} does.
 */
export async function findModel(
  spec: HubSpec,
  options: PullOptions,
): Promise<string | HubModel> {
  const { settings, policy = RETRY_POLICY, signal } = options;
  const cache = new HubCache(settings.cacheFolder, spec.repo);
  const cached = await findCached(cache, spec);
  if (settings.isOffline) return cached?.path ?? failOffline(spec);
  try {
    const listing = await listHubFiles(spec, {
      settings,
      // Whoever has the model need not wait long to learn that there is no network.
      policy: cached === null ? policy : { ...policy, maxAttempts: 2 },
      signal,
    });
    const chosen = chooseFiles([...listing.files.keys()], spec);
    return { cache, listing, chosen };
  } catch (error) {
    if (!(error instanceof TransientError) || cached === null) throw error;
    options.onRemark?.(
      `the Hub does not answer: using ${
        formatHubSpec(spec)
      } as it was pulled, commit ${cached.commit.slice(0, 12)}`,
    );
    return cached.path;
  }
}

/** Address of a file's content at a commit. */
export function resolveUrl(
  { endpoint }: Pick<HubSettings, "endpoint">,
  { spec, commit, path }: {
    readonly spec: HubSpec;
    readonly commit: string;
    readonly path: string;
  },
): string {
  const name = path.split("/").map(encodeURIComponent).join("/");
  return `${endpoint}/${spec.repo}/resolve/${commit}/${name}`;
}

async function findCached(
  cache: HubCache,
  spec: HubSpec,
): Promise<{ readonly commit: string; readonly path: string } | null> {
  const commit = await cache.readRef(spec.revision);
  if (commit === null) return null;
  const names = [...(await cache.listSnapshot(commit)).keys()];
  let chosen: ChosenFiles;
  try {
    chosen = chooseFiles(names, spec);
  } catch (error) {
    const isAbsent = error instanceof ReferenceError ||
      error instanceof RangeError;
    if (isAbsent) return null;
    throw error;
  }
  const folder = cache.snapshot(commit);
  for (const path of chosen.paths) {
    if (!path.endsWith(".index.json")) continue;
    const file = join(folder, path);
    const shards = parseSafetensorsIndex(await readJsonFile(file), file);
    const inFolder = path.slice(0, path.lastIndexOf("/") + 1);
    for (const shard of shards.values()) {
      if (!names.includes(`${inFolder}${shard}`)) return null;
    }
  }
  return { commit, path: modelPath(cache, { commit, chosen }) };
}

function modelPath(
  cache: HubCache,
  { commit, chosen }: {
    readonly commit: string;
    readonly chosen: ChosenFiles;
  },
): string {
  return join(cache.snapshot(commit), chosen.gguf ?? "");
}

function failOffline(spec: HubSpec): never {
  throw new ReferenceError(
    `Cannot use ${
      quote(formatHubSpec(spec))
    } as HF_HUB_OFFLINE is set, so that the cache must hold it: found it incomplete, or not at all`,
  );
}
