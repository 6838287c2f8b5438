import {
  isHubSpec,
  isPulled,
  type ModelPreview,
  parseHubSpec,
  previewModel,
  previewUrl,
  readHubSettings,
} from "../checkpoint/mod.ts";
import { writeRemark } from "./output.ts";

/** What to inspect. */
export interface SourcePreview {
  /** What to open; undefined where nothing was named. */
  readonly path: string | undefined;
  /** What a user calls it, where that is not its path. */
  readonly name: string | null;
}

/**
 * Finds out what to open to inspect a model or drafter, and does it. Of one on the Hub or a server, only what says what it
 * is is fetched, for the time being.
 *
 * @param source What the command line names.
 * @param action What to do.
 * @returns What the action gives. Its errors name files as the source does.
 */
export async function withPreview<T>(
  source: string | undefined,
  action: (preview: SourcePreview) => Promise<T>,
): Promise<T> {
  if (source === undefined || !isPulled(source)) {
    return await action({ path: source, name: null });
  }
  await using preview = await openPreview(source);
  try {
    return await action({ path: preview.path, name: source });
  } catch (error) {
    if (error instanceof Error) error.message = preview.rename(error.message);
    throw error;
  }
}

async function openPreview(source: string): Promise<ModelPreview> {
  // Before the environment is read, as that may be refused.
  const spec = isHubSpec(source) ? parseHubSpec(source) : null;
  const options = {
    settings: await readHubSettings(),
    onRemark: (text: string): void => writeRemark(`${text}\n`),
  };
  return spec === null
    ? await previewUrl(source, options)
    : await previewModel(spec, options);
}
