import { createHash, type Hash } from "node:crypto";
import { dirname } from "node:path";
import { fetchRanges, type RemoteFile } from "./fetch_ranges.ts";
import { lockFile } from "./lock_file.ts";
import { quote } from "../quote.ts";
import type { RequestOptions } from "./request.ts";
import type { RetryPolicy } from "./retry.ts";
import { writeAll } from "../write_all.ts";

/** A file to be downloaded. */
export interface Download extends RemoteFile {
  /** Where it is to be, once it is complete. */
  readonly path: string;
  /** The file that stands for the right to write it. */
  readonly lockPath: string;
  /** Hash that its bytes must have; null where none is known. */
  readonly digest: Digest | null;
}

/** A hash. */
export interface Digest {
  /** That of the bytes, or that by which git names a file. */
  readonly kind: "sha256" | "git";
  /** In lower-case hexadecimal digits. */
  readonly hex: string;
}

/** How to download. */
export interface DownloadOptions {
  /** Who asks. */
  readonly settings: RequestOptions["settings"];
  /** How often to try. */
  readonly policy: RetryPolicy;
  /** Length of the ranges that are fetched side by side. Default: 8 MiB. */
  readonly rangeBytes?: number;
  /** Ends the download, which can be resumed. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes that are there. */
  readonly onProgress?: (doneBytes: number) => void;
}

const RANGE_BYTES = 8 * 2 ** 20;
const MAX_RANGES = 6;
const HASH_BUFFER_BYTES = 2 ** 20;

/**
 * Downloads a file. It appears under its name only once length and hash are right; what is cut off stays beside it
 * as `.incomplete`, and the next download goes on there. Of two processes, one downloads and the other waits.
 *
 * @param download What.
 * @param options How.
 * @throws {RangeError} The server's bytes are not those that were announced.
 * @throws As `fetchRanges` does.
 */
export async function downloadFile(
  download: Download,
  options: DownloadOptions,
): Promise<void> {
  if (await hasFile(download)) return;
  using _ = await lockFile(download.lockPath, options.signal);
  if (await hasFile(download)) return;
  await Deno.mkdir(dirname(download.path), { recursive: true });
  const partial = `${download.path}.incomplete`;
  const isWhole = await complete(partial, download, options) === "whole" ||
    // A beginning that another left may have been wrong. A file that was fetched whole is not asked for again.
    await complete(partial, download, options) === "whole";
  if (isWhole) return await Deno.rename(partial, download.path);
  failHash(download);
}

/** Whether a file is there, with its length: its hash was checked before it got its name. */
export async function hasFile(
  { path, sizeBytes }: Pick<Download, "path" | "sizeBytes">,
): Promise<boolean> {
  try {
    const { isFile, size } = await Deno.stat(path);
    return isFile && size === sizeBytes;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Fetches what a partial file lacks. One whose hash is wrong is removed. */
async function complete(
  partial: string,
  download: Download,
  options: DownloadOptions,
): Promise<"whole" | "wrong beginning"> {
  const { sizeBytes, digest } = download;
  const { onProgress = () => {} } = options;
  let startBytes: number;
  const hash = startHash(digest, sizeBytes);
  {
    using file = await Deno.open(partial, {
      read: true,
      write: true,
      create: true,
    });
    if ((await file.stat()).size > sizeBytes) await file.truncate(0);
    startBytes = await hashAll(file, hash);
    let doneBytes = startBytes;
    onProgress(doneBytes);
    for await (
      const bytes of fetchRanges(download, {
        ...options,
        startBytes,
        rangeBytes: options.rangeBytes ?? RANGE_BYTES,
        maxRanges: MAX_RANGES,
      })
    ) {
      hash.update(bytes);
      await writeAll(file, bytes);
      doneBytes += bytes.length;
      onProgress(doneBytes);
    }
    await file.sync();
  }
  if (digest === null || hash.digest("hex") === digest.hex) return "whole";
  await Deno.remove(partial);
  if (startBytes === 0) failHash(download);
  return "wrong beginning";
}

function startHash(digest: Digest | null, sizeBytes: number): Hash {
  if (digest?.kind !== "git") return createHash("sha256");
  // Source: git, "Git Internals - Git Objects".
  return createHash("sha1").update(`blob ${sizeBytes}\0`);
}

/** Hashes a file from its beginning on, and says how long it is. */
async function hashAll(file: Deno.FsFile, hash: Hash): Promise<number> {
  const buffer = new Uint8Array(HASH_BUFFER_BYTES);
  let numBytes = 0;
  for (;;) {
    const count = await file.read(buffer);
    if (count === null) return numBytes;
    hash.update(buffer.subarray(0, count));
    numBytes += count;
  }
}

function failHash({ url, digest }: Download): never {
  throw new RangeError(
    `Cannot use ${
      quote(url)
    } as its ${digest?.kind} hash must be ${digest?.hex}: found another`,
  );
}
