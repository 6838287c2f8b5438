import { createHash } from "node:crypto";
import { join } from "node:path";
import { downloadFile } from "./download_file.ts";
import { HubCache } from "./hub_cache.ts";
import { isSafePath } from "./hub_path.ts";
import type { PullOptions } from "./pull_model.ts";
import { quote } from "../quote.ts";
import { request } from "./request.ts";
import { retry, RETRY_POLICY, TransientError } from "./retry.ts";

const REVISION = "main";
/** Stands for an organisation: no repository of the Hub has it, as it is kept for addresses. */
const OWNER = "url";
const MAX_NAME = 60;
const DIGITS = 16;

/** Whether a source is the address of a single GGUF file. */
export function isGgufUrl(source: string): boolean {
  const url = URL.parse(source);
  return url !== null && /^https?:$/.test(url.protocol) &&
    /\.gguf$/i.test(url.pathname);
}

/** Name under which the file of an address is in the cache. */
export function urlRepo(url: string): string {
  const { host } = new URL(url);
  const words = `${host}-${fileName(url)}`.replaceAll(/[^A-Za-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "").slice(0, MAX_NAME);
  return `${OWNER}/${words}-${digest("sha256", url).slice(0, DIGITS)}`;
}

/**
 * Brings a GGUF file from any server into the cache, as far as it is not there. Its server names no hash: what is
 * checked is the length; parts of different versions are not mixed where the server marks versions.
 *
 * @param url Its address.
 * @param options How to pull.
 * @returns Where it is.
 * @throws As `pullModel` does.
 */
export async function pullUrl(
  url: string,
  options: PullOptions,
): Promise<string> {
  const { settings, policy = RETRY_POLICY, signal, onProgress } = options;
  const found = await findUrl(url, options);
  if (typeof found === "string") return found;
  const { cache, file, sizeBytes, hash, commit } = found;
  await downloadFile({
    url,
    sizeBytes,
    digest: null,
    path: cache.blob(hash),
    lockPath: cache.lock(hash),
  }, {
    settings,
    policy,
    signal,
    onProgress: (done) => onProgress?.({ file, done, total: sizeBytes }),
  });
  await cache.link(commit, { path: file, hash });
  await cache.writeRef(REVISION, commit);
  return join(cache.snapshot(commit), file);
}

/** A file on a server, and its place in the cache. */
export interface UrlFile {
  /** The repository that stands for its address. */
  readonly cache: HubCache;
  /** Its name. */
  readonly file: string;
  /** Its length. */
  readonly sizeBytes: number;
  /** What stands for the hash of its content. */
  readonly hash: string;
  /** What stands for a commit. */
  readonly commit: string;
}

/**
 * Finds a file: in the cache where its server need not or cannot be asked, else how long it is and where it belongs.
 *
 * @param url Its address.
 * @param options How to ask.
 * @returns Where it is in the cache, or what is to be pulled.
 * @throws As {@linkcode pullUrl} does.
 */
export async function findUrl(
  url: string,
  options: PullOptions,
): Promise<string | UrlFile> {
  const { settings, policy = RETRY_POLICY, signal } = options;
  const cache = new HubCache(settings.cacheFolder, urlRepo(url));
  const file = fileName(url);
  const cached = await findCached(cache, file);
  if (settings.isOffline) return cached ?? failOffline(url);
  try {
    const { sizeBytes, version } = await retry(() => askVersion(url, options), {
      policy: cached === null ? policy : { ...policy, maxAttempts: 2 },
      signal,
    });
    const hash = digest("sha256", version);
    return { cache, file, sizeBytes, hash, commit: digest("sha1", version) };
  } catch (error) {
    if (!(error instanceof TransientError) || cached === null) throw error;
    options.onRemark?.(
      `${new URL(url).host} does not answer: using ${file} as it was pulled`,
    );
    return cached;
  }
}

interface UrlVersion {
  readonly sizeBytes: number;
  /** Changes with the file. */
  readonly version: string;
}

async function askVersion(
  url: string,
  { settings, signal }: PullOptions,
): Promise<UrlVersion> {
  const { headers } = await request(url, { settings, signal, method: "HEAD" });
  const length = headers.get("content-length") ?? "none";
  const sizeBytes = Number(length);
  if (!Number.isSafeInteger(sizeBytes)) {
    throw new TypeError(
      `Cannot fetch ${
        quote(url)
      } as its server must announce the length: found ${quote(length)}`,
    );
  }
  const mark = headers.get("etag") ?? headers.get("last-modified") ?? "";
  return { sizeBytes, version: [url, mark, length].join("\n") };
}

async function findCached(
  cache: HubCache,
  file: string,
): Promise<string | null> {
  const commit = await cache.readRef(REVISION);
  if (commit === null) return null;
  const files = await cache.listSnapshot(commit);
  return files.has(file) ? join(cache.snapshot(commit), file) : null;
}

function failOffline(url: string): never {
  throw new ReferenceError(
    `Cannot use ${
      quote(url)
    } as HF_HUB_OFFLINE is set, so that the cache must hold it: found it not there`,
  );
}

function fileName(url: string): string {
  const name = new URL(url).pathname.split("/").at(-1) ?? "";
  return isSafePath(name) ? name : "model.gguf";
}

function digest(algorithm: "sha1" | "sha256", text: string): string {
  return createHash(algorithm).update(text).digest("hex");
}
