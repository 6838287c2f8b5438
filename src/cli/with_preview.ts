import {
  isHubSpec,
  parseHubSpec,
  previewModel,
  readHubSettings,
  resolveModel,
} from "../checkpoint/mod.ts";
import { writeRemark } from "./output.ts";

/** What to inspect. */
export interface SourcePreview extends AsyncDisposable {
  /** What to open; undefined where nothing was named. */
  readonly path: string | undefined;
  /** What a user calls it, where that is not its path. */
  readonly name: string | null;
}

/**
 * Finds out what to open to inspect a model or drafter. Of one on the Hub, only what says what it is is fetched.
 *
 * @param source What the command line names.
 * @returns What to open, until it is disposed of.
 */
export async function previewSource(
  source: string | undefined,
): Promise<SourcePreview> {
  const onRemark = (text: string): void => writeRemark(`${text}\n`);
  if (source === undefined || !isHubSpec(source)) {
    const path = source && String(await resolveModel(source, { onRemark }));
    return {
      path,
      name: null,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  const spec = parseHubSpec(source);
  const settings = await readHubSettings();
  const preview = await previewModel(spec, { settings, onRemark });
  return {
    path: preview.path,
    name: source,
    [Symbol.asyncDispose]: () => preview[Symbol.asyncDispose](),
  };
}
