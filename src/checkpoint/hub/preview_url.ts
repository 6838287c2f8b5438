import { createPreview, type ModelPreview } from "./create_preview.ts";
import { findUrl } from "./pull_url.ts";
import type { PullOptions } from "./pull_model.ts";

/**
 * Fetches of a GGUF file on any server what says what it is. What the cache holds is not fetched.
 *
 * @param url Its address.
 * @param options How to fetch.
 * @returns What can be opened like the file.
 * @throws As `pullUrl` and `createPreview` do.
 */
export async function previewUrl(
  url: string,
  options: PullOptions,
): Promise<ModelPreview> {
  const found = await findUrl(url, options);
  if (typeof found === "string") {
    return {
      path: found,
      rename: (message) => message,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  const { cache, file, sizeBytes, hash } = found;
  const blob = cache.blob(hash);
  return await createPreview(
    [{ path: file, url, sizeBytes, blob, label: url }],
    { cache, gguf: file, labelOf: () => url, options },
  );
}
