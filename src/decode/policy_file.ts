import type { Learnt } from "./learnt.ts";
import { writeTextFile } from "../checkpoint/mod.ts";

/** What was learnt of: everything that it follows from. */
export type PolicyKey = Readonly<Record<string, unknown>>;

/** A file that keeps what a policy has learnt. */
export interface PolicyFile {
  /** Reads what is kept, or null where nothing is, or not of as many gears. */
  read(numGears: number): Promise<Learnt | null>;
  /** Keeps what was learnt. */
  write(learnt: Learnt): Promise<void>;
}

/** Counts changes of what is measured. */
const FORMAT = 2;

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
  const folder = cacheFolder();
  const path = folder && `${folder}/costs/${new Uint8Array(digest).toHex()}`;
  return {
    async read(numGears) {
      if (path === null || !isAllowed({ name: "read", path })) return null;
      // Whatever is wrong with it costs some time to measure, and nothing else.
      const text = await Deno.readTextFile(path).catch(() => "");
      return parseLearnt(text, numGears);
    },
    async write(learnt) {
      if (path === null || !isAllowed({ name: "write", path })) return;
      const text = JSON.stringify({ learnt, ...key });
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
