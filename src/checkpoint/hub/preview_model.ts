import { createPreview, type ModelPreview } from "./create_preview.ts";
import { findModel, type PullOptions, resolveUrl } from "./pull_model.ts";
import { formatHubSpec, type HubSpec } from "./model_spec.ts";
import type { PreviewedFile } from "./preview_file.ts";

/** Not needed to know what a model is. */
const LEFT_OUT = /(?:^|\/)tokenizer\.json$/;

/**
 * Fetches of a model on the Hub what says what it is: its JSON files, and the headers of its tensor files. What the
 * cache holds is not fetched.
 *
 * @param spec The model.
 * @param options How to fetch.
 * @returns What can be opened like a model.
 * @throws As `pullModel` and `createPreview` do.
 */
export async function previewModel(
  spec: HubSpec,
  options: PullOptions,
): Promise<ModelPreview> {
  const found = await findModel(spec, options);
  if (typeof found === "string") {
    return {
      path: found,
      rename: (message) => message,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  const { cache, chosen, listing: { commit, files: listed } } = found;
  const labelOf = (path: string): string =>
    formatHubSpec({ ...spec, file: path || null });
  const files = chosen.paths.flatMap((path): PreviewedFile[] => {
    const file = listed.get(path);
    if (file === undefined || LEFT_OUT.test(path)) return [];
    return [{
      path,
      url: resolveUrl(options.settings, { spec, commit, path }),
      sizeBytes: file.sizeBytes,
      blob: cache.blob(file.digest.hex),
      label: labelOf(path),
    }];
  });
  const { gguf } = chosen;
  return await createPreview(files, { cache, gguf, labelOf, options });
}
