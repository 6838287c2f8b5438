import { quote } from "../quote.ts";

const MAX_SEGMENT_BYTES = 240;
const MAX_SEGMENTS = 16;
/** What some system takes for a separator, a drive, a stream, a wildcard or a terminal's command. */
// deno-lint-ignore no-control-regex
const UNSAFE = /[\\:*?"<>|\u0000-\u001f\u007f-\u009f]/;
/** Names that Windows keeps for devices, whatever follows their first dot. */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

/**
 * Whether a name from a repository can be joined to a folder without leading out of it, on any system.
 *
 * @param path Segments with slashes between.
 */
export function isSafePath(path: string): boolean {
  const segments = path.split("/");
  return segments.length <= MAX_SEGMENTS && path.isWellFormed() &&
    segments.every(isSafeSegment);
}

/**
 * Checks a name that a repository gives a file.
 *
 * @param path Segments with slashes between.
 * @param place Whose it is, as error messages name it.
 * @throws {RangeError} It could lead out of the folder that it is joined to.
 */
export function checkPath(path: string, place: string): void {
  if (isSafePath(path)) return;
  throw new RangeError(
    `Cannot use ${
      quote(place)
    } as its files must have plain relative names: found ${quote(path)}`,
  );
}

function isSafeSegment(segment: string): boolean {
  return segment !== "" && !/^\.+$/.test(segment) &&
    !/[. ]$/.test(segment) && !UNSAFE.test(segment) &&
    !DEVICE.test(segment) &&
    new TextEncoder().encode(segment).length <= MAX_SEGMENT_BYTES;
}
