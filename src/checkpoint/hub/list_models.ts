import { basename, join } from "node:path";
import { HubCache } from "./hub_cache.ts";
import { isRepoName } from "./model_spec.ts";

/** A model in the cache, at one commit. */
export interface CachedModel {
  /** `org/name`. */
  readonly repo: string;
  /** The commit. */
  readonly commit: string;
  /** Branches and tags that were this commit when they were last asked for. */
  readonly refs: readonly string[];
  /** Bytes of its files. */
  readonly sizeBytes: number;
  /** When a file of it was last read, as far as the file system keeps that. */
  readonly lastUsed: Date;
}

const FOLDER = /^models--(.+)$/;

/**
 * Lists the models in the cache, those of the Hub's other tools included.
 *
 * @param cacheFolder The cache.
 * @returns The models by name, then commit; none where there is no cache.
 */
export async function listModels(
  cacheFolder: string,
): Promise<readonly CachedModel[]> {
  const models: CachedModel[] = [];
  for (const folder of await readFolder(cacheFolder)) {
    const repo = FOLDER.exec(folder)?.[1]?.replaceAll("--", "/") ?? "";
    if (!isRepoName(repo)) continue;
    const cache = new HubCache(cacheFolder, repo);
    const refs = await readRefs(cache);
    for (const commit of await readFolder(join(cache.folder, "snapshots"))) {
      models.push(await describe(cache, { repo, commit, refs }));
    }
  }
  return models.sort((a, b) =>
    a.repo < b.repo ? -1 : a.repo > b.repo ? 1 : a.commit < b.commit ? -1 : 1
  );
}

/** Commits by branch and tag. */
export async function readRefs(
  cache: HubCache,
): Promise<ReadonlyMap<string, string>> {
  const refs = new Map<string, string>();
  const visit = async (folder: string): Promise<void> => {
    for (const name of await readFolder(join(cache.folder, "refs", folder))) {
      const ref = join(folder, name);
      const commit = await cache.readRef(ref);
      if (commit === null) await visit(ref);
      else refs.set(ref, commit);
    }
  };
  await visit("");
  return refs;
}

/** Names in a folder, sorted; none where there is no folder. */
export async function readFolder(folder: string): Promise<readonly string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    return entries.map(({ name }) => name).sort();
  } catch (error) {
    const isAbsent = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory;
    if (isAbsent) return [];
    throw error;
  }
}

async function describe(
  cache: HubCache,
  { repo, commit, refs }: {
    readonly repo: string;
    readonly commit: string;
    readonly refs: ReadonlyMap<string, string>;
  },
): Promise<CachedModel> {
  const folder = cache.snapshot(commit);
  let sizeBytes = 0;
  let lastUsedMs = 0;
  for (const path of (await cache.listSnapshot(basename(folder))).keys()) {
    const { size, atime, mtime } = await Deno.stat(join(folder, path));
    sizeBytes += size;
    lastUsedMs = Math.max(lastUsedMs, Number(atime ?? mtime ?? 0));
  }
  return {
    repo,
    commit,
    refs: [...refs].filter(([, target]) => target === commit)
      .map(([name]) => name),
    sizeBytes,
    lastUsed: new Date(lastUsedMs),
  };
}
