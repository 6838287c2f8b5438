import type { Learnt } from "./learnt.ts";

/** What was learnt of: everything that it follows from. */
export type PolicyKey = Readonly<Record<string, unknown>>;

/** A file that keeps what a policy has learnt. */
export interface PolicyFile {
  /** Reads what is kept, or null where nothing is, or not of as many gears. */
  read(numGears: number): Promise<Learnt | null>;
  /**
   * Keeps what was learnt. It is done on return, as a process may end right behind; half a KiB, it is not waited for to reach
   * the disk.
   */
  write(learnt: Learnt): void;
}

/** Counts changes of what is measured. */
const FORMAT = 2;
/** Files that are kept: drafters and devices come and go. */
const MAX_FILES = 64;

/**
 * Finds the file of the user's cache folder that keeps what rounds take on a device with a model, and accept. Nothing is asked
 * for: without the permission to read or write it, nothing is kept.
 *
 * @param key What it follows from.
 * @returns The file.
 */
export async function openPolicyFile(key: PolicyKey): Promise<PolicyFile> {
  const text = JSON.stringify({ format: FORMAT, ...key });
  const digest = await crypto.subtle.digest(
    "SHA-256",
    new TextEncoder().encode(text),
  );
  const cache = cacheFolder();
  const folder = cache && `${cache}/costs`;
  const path = `${folder}/${new Uint8Array(digest).toHex()}`;
  return {
    async read(numGears) {
      if (folder === null || !isAllowed({ name: "read", path })) return null;
      // Whatever is wrong with it costs some time to measure, and nothing else.
      const text = await Deno.readTextFile(path).catch(() => "");
      return parseLearnt(text, numGears);
    },
    write(learnt) {
      if (folder === null || !isAllowed({ name: "write", path: folder })) {
        return;
      }
      const text = JSON.stringify({ learnt, ...key });
      try {
        replaceFile(path, { folder, text });
        if (isAllowed({ name: "read", path: folder })) removeOldest(folder);
      } catch {
        // No generation fails because of it.
      }
    },
  };
}

/** The file appears under its name only once it is complete. */
function replaceFile(
  path: string,
  { folder, text }: { readonly folder: string; readonly text: string },
): void {
  Deno.mkdirSync(folder, { recursive: true });
  const unfinished = `${path}.${crypto.randomUUID()}.tmp`;
  Deno.writeTextFileSync(unfinished, text, { createNew: true });
  Deno.renameSync(unfinished, path);
}

/** Leaves the files that were written last. */
function removeOldest(folder: string): void {
  const paths = [...Deno.readDirSync(folder)]
    .map(({ name }) => `${folder}/${name}`);
  if (paths.length <= MAX_FILES) return;
  const files = paths.map((path) => ({
    path,
    writtenMs: Number(Deno.statSync(path).mtime),
  }));
  files.sort((a, b) => b.writtenMs - a.writtenMs);
  for (const { path } of files.slice(MAX_FILES)) Deno.removeSync(path);
}

/** The launcher's folder for what can be made again, where the environment may be asked for it. */
function cacheFolder(): string | null {
  const variable = (name: string): string | null =>
    isAllowed({ name: "env", variable: name })
      ? Deno.env.get(name) ?? null
      : null;
  if (Deno.build.os === "windows") {
    const folder = variable("LOCALAPPDATA");
    return folder && `${folder}/jakiro`;
  }
  const home = variable("HOME");
  const folder = variable("XDG_CACHE_HOME") ?? (home && `${home}/.cache`);
  return folder && `${folder}/jakiro`;
}

function isAllowed(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}

function parseLearnt(text: string, numGears: number): Learnt | null {
  try {
    const learnt: unknown = JSON.parse(text)?.learnt;
    return isLearnt(learnt, numGears) ? learnt : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isLearnt(value: unknown, numGears: number): value is Learnt {
  if (!isRecord(value)) return false;
  const { costs, sums, isPlain, numPlainTokens, retryAfter } = value;
  return isList(costs, numGears) &&
    costs.every((cost) => isNumber(cost) && cost > 0) &&
    isList(sums, numGears) &&
    sums.every((sum) =>
      isRecord(sum) && isNumber(sum.weight) && isNumber(sum.tokens)
    ) &&
    typeof isPlain === "boolean" && isNumber(numPlainTokens) &&
    isNumber(retryAfter);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isList(value: unknown, length: number): value is unknown[] {
  return Array.isArray(value) && value.length === length;
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value) && Number(value) >= 0;
}
