import { dirname, join } from "node:path";
import { fetchGgufParts, type FetchPart } from "./preview_gguf.ts";
import { fetchRanges } from "./fetch_ranges.ts";
import {
  findModel,
  type HubModel,
  type PullOptions,
  resolveUrl,
} from "./pull_model.ts";
import { hasFile } from "./download_file.ts";
import type { HubFile } from "./hub_listing.ts";
import type { HubSpec } from "./model_spec.ts";
import { RETRY_POLICY } from "./retry.ts";
import { writeAll } from "../write_all.ts";

/** A model of which the tensors may be missing. */
export interface ModelPreview extends AsyncDisposable {
  /** Its folder, or its GGUF file: all but the tensors is there. */
  readonly path: string;
}

const LENGTH_BYTES = 8;
/** More than any published header has. */
const MAX_HEADER_BYTES = 100 * 2 ** 20;
/** Not needed to know what a model is. */
const LEFT_OUT = /(?:^|\/)tokenizer\.json$/;

/**
 * Fetches of a model on the Hub what says what it is: its JSON files, and the headers of its tensor files. They lie
 * in a folder that is removed when the preview is disposed of, where files have their full length and no content
 * behind the header. What the cache holds is not fetched.
 *
 * @param spec The model.
 * @param options How to fetch.
 * @returns What can be opened like a model, and has tensors of zeros.
 * @throws As `pullModel` does.
 */
export async function previewModel(
  spec: HubSpec,
  options: PullOptions,
): Promise<ModelPreview> {
  const found = await findModel(spec, options);
  if (typeof found === "string") {
    return { path: found, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  await using closing = new AsyncDisposableStack();
  // Here, as it may be written, and other tools do not take it for a model.
  const parent = dirname(found.cache.lock("preview"));
  await Deno.mkdir(parent, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: parent });
  closing.defer(() => Deno.remove(folder, { recursive: true }));
  for (const path of found.chosen.paths) {
    const file = found.listing.files.get(path);
    if (file === undefined || LEFT_OUT.test(path)) continue;
    const place = join(folder, path);
    await Deno.mkdir(dirname(place), { recursive: true });
    await previewFile(place, { spec, path, file, found, options });
  }
  const kept = closing.move();
  return {
    path: join(folder, found.chosen.gguf ?? ""),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function previewFile(
  place: string,
  { spec, path, file, found, options }: {
    readonly spec: HubSpec;
    readonly path: string;
    readonly file: HubFile;
    readonly found: HubModel;
    readonly options: PullOptions;
  },
): Promise<void> {
  const { sizeBytes } = file;
  const blob = found.cache.blob(file.digest.hex);
  if (await hasFile({ path: blob, sizeBytes })) {
    return await Deno.symlink(blob, place, { type: "file" });
  }
  const { settings, policy = RETRY_POLICY, signal } = options;
  const { commit } = found.listing;
  const url = resolveUrl(settings, { spec, commit, path });
  const fetchPart: FetchPart = async (startBytes, endBytes) => {
    const end = Math.min(endBytes, sizeBytes);
    const bytes = new Uint8Array(end - startBytes);
    let numBytes = 0;
    for await (
      const part of fetchRanges({ url, sizeBytes }, {
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
  const from = { sizeBytes, fetchPart };
  const parts = /\.gguf$/i.test(path)
    ? await fetchGgufParts(path, from)
    : [{ startBytes: 0, bytes: await fetchHead(path, from) }];
  using written = await Deno.open(place, { write: true, createNew: true });
  for (const { startBytes, bytes } of parts) {
    await written.seek(startBytes, Deno.SeekMode.Start);
    await writeAll(written, bytes);
  }
  await written.truncate(sizeBytes);
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
