import { writeTextFile } from "../checkpoint/mod.ts";

/** What costs were measured of: everything that they follow from. */
export type CostKey = Readonly<Record<string, unknown>>;

/** A file that keeps what was measured, or null where there may be none. */
export interface CostFile {
  /** Reads costs, or null where none are kept, or no such number of them. */
  read(numGears: number): Promise<readonly number[] | null>;
  /** Keeps costs. */
  write(costs: readonly number[]): Promise<void>;
}

/** Counts changes of what is measured. */
const FORMAT = 1;

/**
 * Finds the file of the user's cache folder that keeps what rounds take on a device with a model. Nothing is asked
 * for: without the permission to read or write it, nothing is kept.
 *
 * @param key What the costs follow from.
 * @returns The file.
 */
export async function openCostFile(key: CostKey): Promise<CostFile> {
  const text = JSON.stringify({ format: FORMAT, ...key });
  const digest = await crypto.subtle.digest(
    "SHA-256",
    new TextEncoder().encode(text),
  );
  const folder = cacheFolder();
  const path = folder && `${folder}/costs/${new Uint8Array(digest).toHex()}`;
  return {
    async read(numGears) {
      if (path === null || !isAllowed({ name: "read", path })) return null;
      // Whatever is wrong with it costs some time to measure, and nothing else.
      const text = await Deno.readTextFile(path).catch(() => "");
      return parseCosts(text, numGears);
    },
    async write(costs) {
      if (path === null || !isAllowed({ name: "write", path })) return;
      const text = JSON.stringify({ costs, ...key });
      await Deno.mkdir(`${folder}/costs`, { recursive: true })
        .then(() => writeTextFile(path, text)).catch(() => {});
    },
  };
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

function parseCosts(text: string, numGears: number): readonly number[] | null {
  try {
    const costs: unknown = JSON.parse(text)?.costs;
    return isCosts(costs, numGears) ? costs : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isCosts(value: unknown, numGears: number): value is number[] {
  return Array.isArray(value) && value.length === numGears &&
    value.every((cost) => Number.isFinite(cost) && cost > 0);
}
