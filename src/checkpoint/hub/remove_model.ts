import { fileIdentity } from "./file_identity.ts";
import { HubCache } from "./hub_cache.ts";
import { join } from "node:path";
import { quote } from "../quote.ts";
import { readFolder, readRefs } from "./list_models.ts";

/** What is to be removed. */
export interface ModelToRemove {
  /** `org/name`, checked. */
  readonly repo: string;
  /** Branch, tag or commit, checked; null for all that the cache has of it. */
  readonly revision: string | null;
}

/**
 * Removes a model from the cache: all of it, or one commit and what only that commit uses.
 *
 * @param cacheFolder The cache.
 * @param model The model.
 * @returns Bytes that are free now.
 * @throws {ReferenceError} The cache does not hold it.
 */
export async function removeModel(
  cacheFolder: string,
  { repo, revision }: ModelToRemove,
): Promise<number> {
  const cache = new HubCache(cacheFolder, repo);
  const commits = await readFolder(join(cache.folder, "snapshots"));
  const commit = revision === null ? null : await cache.readRef(revision);
  const isThere = revision === null
    ? (await readFolder(cache.folder)).length > 0
    : commit !== null && commits.includes(commit);
  if (!isThere) {
    throw new ReferenceError(
      `Cannot remove ${quote(repo)}${
        revision === null ? "" : ` at ${quote(revision)}`
      } as the cache must hold it: found it not in ${quote(cacheFolder)}`,
    );
  }
  const isLast = commits.every((other) => other === commit);
  return commit === null || isLast
    ? await removeAll(cache)
    : await removeCommit(cache, commit);
}

/** Under another name first, so that nobody finds half of it. */
async function removeAll(cache: HubCache): Promise<number> {
  const sizeBytes = await sumBlobs(cache, await readBlobs(cache));
  const removed = `${cache.folder}.${crypto.randomUUID()}.tmp`;
  await Deno.rename(cache.folder, removed);
  await Deno.remove(removed, { recursive: true });
  return sizeBytes;
}

async function removeCommit(cache: HubCache, commit: string): Promise<number> {
  for (const [ref, target] of await readRefs(cache)) {
    if (target === commit) await Deno.remove(join(cache.folder, "refs", ref));
  }
  const own = await usedBlobs(cache, commit);
  const removed = `${cache.folder}.${crypto.randomUUID()}.tmp`;
  await Deno.rename(cache.snapshot(commit), removed);
  await Deno.remove(removed, { recursive: true });
  for (const other of await readFolder(join(cache.folder, "snapshots"))) {
    for (const blob of await usedBlobs(cache, other)) own.delete(blob);
  }
  const sizeBytes = await sumBlobs(cache, [...own]);
  for (const blob of own) await Deno.remove(cache.blob(blob));
  return sizeBytes;
}

/** Names of the blobs that the files of a commit are other names of. */
async function usedBlobs(
  cache: HubCache,
  commit: string,
): Promise<Set<string>> {
  const blobs = new Map<string | null, string>();
  for (const blob of await readBlobs(cache)) {
    blobs.set(await fileIdentity(cache.blob(blob)), blob);
  }
  // Where the system does not tell files apart, what is removed stays as a blob.
  blobs.delete(null);
  const used = new Set<string>();
  for (const path of (await cache.listSnapshot(commit)).keys()) {
    const place = join(cache.snapshot(commit), path);
    const blob = blobs.get(await fileIdentity(place));
    if (blob !== undefined) used.add(blob);
  }
  return used;
}

function readBlobs(cache: HubCache): Promise<readonly string[]> {
  return readFolder(join(cache.folder, "blobs"));
}

async function sumBlobs(
  cache: HubCache,
  names: readonly string[],
): Promise<number> {
  let sizeBytes = 0;
  for (const name of names) {
    sizeBytes += (await Deno.stat(cache.blob(name))).size;
  }
  return sizeBytes;
}
