/** What costs follow from. */
export type CostKey = Readonly<Record<string, unknown>>;

/** A file that keeps what was learnt of costs. */
export interface CostFile {
  /** Reads what is kept, whatever it is; null where nothing is. */
  read(): Promise<unknown>;
  /**
   * Keeps what was learnt. It is done on return, as a process may end right behind; some KiB, it is not waited for to reach the
   * disk.
   */
  write(learnt: unknown): void;
}

/** Counts changes of what is measured. */
const FORMAT = 2;
/** Files that are kept: drafters and devices come and go. */
const MAX_FILES = 64;

/**
 * Finds the file of the user's cache folder that keeps what something costs on a device. Nothing is asked for: without the
 * permission to read or write it, nothing is kept.
 *
 * @param key What it follows from, besides the threads that the user has set for llvmpipe.
 * @returns The file.
 */
export async function openCostFile(key: CostKey): Promise<CostFile> {
  const threads = readVariable("LP_NUM_THREADS");
  const facts = { ...threads === null ? {} : { threads }, ...key };
  const text = JSON.stringify({ format: FORMAT, ...facts });
  const digest = await crypto.subtle.digest(
    "SHA-256",
    new TextEncoder().encode(text),
  );
  const cache = cacheFolder();
  const folder = cache && `${cache}/costs`;
  const path = `${folder}/${new Uint8Array(digest).toHex()}`;
  return {
    async read() {
      if (folder === null || !isAllowed({ name: "read", path })) return null;
      // Whatever is wrong with it costs some time to measure, and nothing else.
      return parseLearnt(await Deno.readTextFile(path).catch(() => ""));
    },
    write(learnt) {
      if (folder === null || !isAllowed({ name: "write", path: folder })) {
        return;
      }
      const text = JSON.stringify({ learnt, ...facts });
      try {
        replaceFile(path, { folder, text });
        if (isAllowed({ name: "read", path: folder })) removeOldest(folder);
      } catch {
        // No generation fails because of it.
      }
    },
  };
}

function parseLearnt(text: string): unknown {
  try {
    return JSON.parse(text)?.learnt ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
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
  if (Deno.build.os === "windows") {
    const folder = readVariable("LOCALAPPDATA");
    return folder && `${folder}/jakiro`;
  }
  const home = readVariable("HOME");
  const folder = readVariable("XDG_CACHE_HOME") ?? (home && `${home}/.cache`);
  return folder && `${folder}/jakiro`;
}

function readVariable(variable: string): string | null {
  return isAllowed({ name: "env", variable })
    ? Deno.env.get(variable) ?? null
    : null;
}

function isAllowed(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}
