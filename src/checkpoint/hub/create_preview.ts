import { dirname, join } from "node:path";
import type { HubCache } from "./hub_cache.ts";
import { type PreviewedFile, previewFile } from "./preview_file.ts";
import type { PullOptions } from "./pull_model.ts";
import { quote } from "../quote.ts";

/** A model of which the tensors may be missing. */
export interface ModelPreview extends AsyncDisposable {
  /** Its folder, or its GGUF file: all but the tensors is there. */
  readonly path: string;
  /**
   * Names files as their source does, not by where they lie for the time being.
   *
   * @param message An error's.
   */
  rename(message: string): string;
}

/**
 * Fetches what says what a model is into a folder that is removed when the preview is disposed of. Files have their full
 * length there, and no content behind the header.
 *
 * @param files The model's files.
 * @param args Its place in the cache, the GGUF file to open, if any, how to call a file, and how to fetch.
 * @returns What can be opened like a model, and has tensors of zeros.
 * @throws As `previewFile` does.
 */
export async function createPreview(
  files: readonly PreviewedFile[],
  { cache, gguf, labelOf, options }: {
    readonly cache: HubCache;
    readonly gguf: string | null;
    /** Gives the name at the source of a file in the folder, or of the folder, whose name in itself is empty. */
    readonly labelOf: (path: string) => string;
    readonly options: PullOptions;
  },
): Promise<ModelPreview> {
  await using closing = new AsyncDisposableStack();
  // Here, as it may be written, and other tools do not take it for a model.
  const parent = dirname(cache.lock("preview"));
  await Deno.mkdir(parent, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: parent });
  closing.defer(() => Deno.remove(folder, { recursive: true }));
  for (const file of files) {
    const place = join(folder, file.path);
    await Deno.mkdir(dirname(place), { recursive: true });
    await previewFile(place, file, options);
  }
  const kept = closing.move();
  return {
    path: join(folder, gguf ?? ""),
    rename: (message) => renameFiles(message, { folder, labelOf }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Messages have paths in quotes. */
function renameFiles(
  message: string,
  { folder, labelOf }: {
    readonly folder: string;
    readonly labelOf: (path: string) => string;
  },
): string {
  const [start = "", ...others] = message.split(quote(folder).slice(1, -1));
  return others.reduce((text, rest) => {
    const [path = ""] = /^[^"']*/.exec(rest) ?? [];
    const label = labelOf(path.replace(/^[/\\]+/, ""));
    return `${text}${label}${rest.slice(path.length)}`;
  }, start);
}
