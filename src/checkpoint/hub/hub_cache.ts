import { dirname, join } from "node:path";
import { fileIdentity } from "./file_identity.ts";
import { isSafePath } from "./hub_path.ts";
import { linkFile } from "./link_file.ts";
import { writeTextFile } from "../write_text_file.ts";

const COMMIT = /^[0-9a-f]{40}$/;
const NAME_SEPARATOR = "--";

/** One repository in the cache that the Hub's tools share. */
export class HubCache {
  /** Its folder. */
  readonly folder: string;
  readonly #locks: string;

  /**
   * @param cacheFolder The cache.
   * @param repo `org/name`, checked.
   */
  constructor(cacheFolder: string, repo: string) {
    const name = ["models", ...repo.split("/")].join(NAME_SEPARATOR);
    this.folder = join(cacheFolder, name);
    this.#locks = join(cacheFolder, ".locks", name);
  }

  /** Where the content with a hash is. */
  blob(hash: string): string {
    return join(this.folder, "blobs", hash);
  }

  /** Where the right to write it is. */
  lock(hash: string): string {
    return join(this.#locks, `${hash}.lock`);
  }

  /** Where the files of a commit are. */
  snapshot(commit: string): string {
    return join(this.folder, "snapshots", commit);
  }

  /** The commit that a branch, tag or commit was when it was last asked for, or null. */
  async readRef(revision: string): Promise<string | null> {
    if (COMMIT.test(revision)) return revision;
    const text = await readIfThere(join(this.folder, "refs", revision));
    const commit = text?.trim() ?? "";
    return COMMIT.test(commit) ? commit : null;
  }

  /** Says what commit a branch or tag is. */
  async writeRef(revision: string, commit: string): Promise<void> {
    if (COMMIT.test(revision)) return;
    const path = join(this.folder, "refs", revision);
    if (await readIfThere(path) === commit) return;
    await Deno.mkdir(dirname(path), { recursive: true });
    await writeTextFile(path, commit);
  }

  /** Puts a content into a commit, under a checked name. */
  async link(
    commit: string,
    { path, hash }: { readonly path: string; readonly hash: string },
  ): Promise<void> {
    const place = join(this.snapshot(commit), path);
    const identity = await fileIdentity(place);
    if (identity !== null && identity === await fileIdentity(this.blob(hash))) {
      return;
    }
    await Deno.mkdir(dirname(place), { recursive: true });
    const unfinished = `${place}.${crypto.randomUUID()}.tmp`;
    try {
      await linkFile(this.blob(hash), unfinished);
      await Deno.rename(unfinished, place);
    } catch (error) {
      await Deno.remove(unfinished).catch(() => {});
      throw error;
    }
  }

  /** Files of a commit that are there as a whole, by name; links into nothing are left out. */
  async listSnapshot(commit: string): Promise<ReadonlyMap<string, number>> {
    const root = this.snapshot(commit);
    const sizes = new Map<string, number>();
    for (const path of await listFolder(root)) {
      if (!isSafePath(path)) continue;
      const found = await statIfThere(join(root, path));
      if (found?.isFile) sizes.set(path, found.size);
    }
    return sizes;
  }
}

/** Names of the files in a folder and in the folders right in it: no model lies deeper. */
async function listFolder(root: string): Promise<readonly string[]> {
  const paths: string[] = [];
  const visit = async (folder: string): Promise<void> => {
    for await (const entry of Deno.readDir(join(root, folder))) {
      const path = `${folder}${entry.name}`;
      if (!entry.isDirectory) paths.push(path);
      else if (folder === "") await visit(`${path}/`);
    }
  };
  try {
    await visit("");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return paths;
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

async function statIfThere(path: string): Promise<Deno.FileInfo | null> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

function isAbsence(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.NotADirectory ||
    error instanceof Deno.errors.IsADirectory;
}
