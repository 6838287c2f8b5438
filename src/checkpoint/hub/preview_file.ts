import { fetchGgufParts, type FetchPart } from "./preview_gguf.ts";
import { fetchRanges, type RemoteFile } from "./fetch_ranges.ts";
import { hasFile } from "./download_file.ts";
import { linkFile } from "./link_file.ts";
import type { PullOptions } from "./pull_model.ts";
import { RETRY_POLICY } from "./retry.ts";
import { writeAll } from "../write_all.ts";

/** A file of which what says what it is is wanted. */
export interface PreviewedFile extends RemoteFile {
  /** Its name in the model's folder. */
  readonly path: string;
  /** Where all of it is, once it is pulled. */
  readonly blob: string;
  /** What error messages name it. */
  readonly label: string;
}

const LENGTH_BYTES = 8;
/** More than any published header has. */
const MAX_HEADER_BYTES = 100 * 2 ** 20;

/**
 * Fetches the header of a tensor file, or the whole of another, and gives the file its full length. One that was pulled
 * is linked to.
 *
 * @param place Where the file is to be.
 * @param file The file.
 * @param options How to fetch.
 * @throws As `fetchRanges` and `readGgufHeader` do.
 */
export async function previewFile(
  place: string,
  file: PreviewedFile,
  options: PullOptions,
): Promise<void> {
  const { blob, label, path, sizeBytes } = file;
  if (await hasFile({ path: blob, sizeBytes })) {
    return await linkFile(blob, place);
  }
  const from = { sizeBytes, fetchPart: partsOf(file, options) };
  const parts = /\.gguf$/i.test(path)
    ? await fetchGgufParts(label, from)
    : [{ startBytes: 0, bytes: await fetchHead(path, from) }];
  using written = await Deno.open(place, { write: true, createNew: true });
  for (const { startBytes, bytes } of parts) {
    await written.seek(startBytes, Deno.SeekMode.Start);
    await writeAll(written, bytes);
  }
  await written.truncate(sizeBytes);
}

function partsOf(file: RemoteFile, options: PullOptions): FetchPart {
  const { settings, policy = RETRY_POLICY, signal } = options;
  return async (startBytes, endBytes) => {
    const end = Math.min(endBytes, file.sizeBytes);
    const bytes = new Uint8Array(end - startBytes);
    let numBytes = 0;
    for await (
      const part of fetchRanges(file, {
        settings,
        policy,
        signal,
        startBytes,
        endBytes: end,
        rangeBytes: bytes.length,
        maxRanges: 1,
      })
    ) {
      bytes.set(part, numBytes);
      numBytes += part.length;
    }
    return bytes;
  };
}

async function fetchHead(
  path: string,
  { sizeBytes, fetchPart }: {
    readonly sizeBytes: number;
    readonly fetchPart: FetchPart;
  },
): Promise<Uint8Array> {
  if (!path.endsWith(".safetensors")) return await fetchPart(0, sizeBytes);
  const length = await fetchPart(0, LENGTH_BYTES);
  if (length.length < LENGTH_BYTES) return length;
  const headerBytes = new DataView(length.buffer).getBigUint64(0, true);
  // Whoever opens the file says what is wrong with a longer one.
  if (headerBytes > MAX_HEADER_BYTES) return length;
  return await fetchPart(0, LENGTH_BYTES + Number(headerBytes));
}
