import { isGgufUrl, pullUrl } from "./pull_url.ts";
import { isHubSpec, parseHubSpec } from "./model_spec.ts";
import { pullModel, type PullOptions } from "./pull_model.ts";
import { readHubSettings } from "./hub_settings.ts";

/** Options of {@linkcode resolveModel}. */
export type ResolveModelOptions = Partial<PullOptions>;

/** Whether a source has to be brought into the cache before it can be opened. */
export function isPulled(source: string | URL): boolean {
  return isHubSpec(String(source)) || isGgufUrl(String(source));
}

/**
 * Finds out what to open for a source: one on the Hub, or a GGUF file on a server, is brought into the cache as far
 * as it is not there. Any other is returned as it is.
 *
 * @param source A directory or GGUF file, as a path or URL, or `hf:org/name[@revision][:file]`.
 * @param options How to pull. Default: as the environment says, see {@linkcode readHubSettings}.
 * @returns What to open.
 * @throws {SyntaxError} A name is none that the Hub allows.
 * @throws {ReferenceError} There is no such model, revision or file.
 * @throws {TypeError} A server refuses, or cannot be reached and the cache does not hold the model.
 * @throws {RangeError} What a server sends is not what it announced, or would lead out of the cache.
 *
 * @example
 * ```ts ignore
 * using checkpoint = await openCheckpoint(await resolveModel("hf:org/name"));
 * ```
 */
export async function resolveModel(
  source: string | URL,
  options: ResolveModelOptions = {},
): Promise<string | URL> {
  if (!isPulled(source)) return source;
  const text = String(source);
  // Before the environment is read, as that may be refused.
  const spec = isHubSpec(text) ? parseHubSpec(text) : null;
  const settings = options.settings ?? await readHubSettings();
  return spec === null
    ? await pullUrl(text, { ...options, settings })
    : await pullModel(spec, { ...options, settings });
}
