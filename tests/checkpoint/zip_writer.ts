import { crc32 } from "node:zlib";

/** A file to put into a zip. */
export interface ZipFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Fields that lie, or say what torch never says. */
  readonly lies?: {
    readonly flags?: number;
    readonly method?: number;
    readonly storedBytes?: number;
    readonly sizeBytes?: number;
    readonly disk?: number;
    readonly startBytes?: number;
    readonly localName?: string;
  };
}

/** How to write a zip. */
export interface ZipOptions {
  /** Writes the ZIP64 end records, as torch always does. Default: true. */
  readonly isZip64?: boolean;
  /** Writes sizes and offsets into ZIP64 fields, as for files of 4 GiB. Default: false. */
  readonly isHuge?: boolean;
  /** Contents start at multiples of this. Default: 64, as torch does. */
  readonly alignBytes?: number;
  /** Fields of the last records that lie. */
  readonly lies?: Partial<EndFields>;
}

interface EndFields {
  readonly numEntries: number;
  readonly sizeBytes: number;
  readonly startBytes: number;
  readonly disk: number;
  readonly locatorBytes: number;
}

const FLAGS = 0x0808;
const HUGE = 0xffffffff;

/** Joins little-endian numbers, as pairs of a size in bytes and a value, and other bytes. */
export function joinFields(
  ...fields: readonly (readonly [2 | 4 | 8, number] | Uint8Array)[]
): Uint8Array<ArrayBuffer> {
  return new Uint8Array(fields.flatMap((field) => {
    if (field instanceof Uint8Array) return [...field];
    const [sizeBytes, value] = field;
    const view = new DataView(new ArrayBuffer(8));
    view.setBigUint64(0, BigInt(value), true);
    return [...new Uint8Array(view.buffer, 0, sizeBytes)];
  }));
}

/**
 * Writes a zip as torch's does: sizes after the contents, contents aligned with an extra field `FB`
 * and `Z`s, ZIP64 end records.
 *
 * Source: `getPadding` in `caffe2/serialize/inline_container.cc`, and miniz 3.
 */
export function zipBytes(
  files: readonly ZipFile[],
  options: ZipOptions = {},
): Uint8Array<ArrayBuffer> {
  const { isHuge = false, alignBytes = 64 } = options;
  const parts: Uint8Array[] = [];
  const headers: Uint8Array[] = [];
  let offset = 0;
  for (const { name, bytes, lies = {} } of files) {
    const text = new TextEncoder().encode(name);
    const localText = new TextEncoder().encode(lies.localName ?? name);
    const start = offset + 30 + localText.length + 4;
    const padding = (alignBytes - start % alignBytes) % alignBytes;
    const checksum = crc32(bytes);
    const { flags = FLAGS, method = 0, disk = 0 } = lies;
    const sizeBytes = lies.sizeBytes ?? bytes.length;
    const storedBytes = lies.storedBytes ?? bytes.length;
    const startBytes = lies.startBytes ?? offset;
    const local = joinFields(
      ...[[4, 0x04034b50], [2, 0], [2, flags], [2, method]] as const,
      ...[[2, 0], [2, 0], [4, 0], [4, 0], [4, 0]] as const,
      ...[[2, localText.length], [2, padding + 4]] as const,
      localText,
      new TextEncoder().encode("FB"),
      ...[[2, padding]] as const,
      new Uint8Array(padding).fill(0x5a),
    );
    const zip64 = isHuge
      ? joinFields([2, 1], [2, 24], [8, sizeBytes], [8, storedBytes], [
        8,
        startBytes,
      ])
      : new Uint8Array();
    headers.push(joinFields(
      ...[[4, 0x02014b50], [2, 0], [2, 0], [2, flags], [2, method]] as const,
      ...[[2, 0], [2, 0], [4, checksum]] as const,
      [4, isHuge ? HUGE : storedBytes],
      [4, isHuge ? HUGE : sizeBytes],
      ...[[2, text.length], [2, zip64.length], [2, 0], [2, disk]] as const,
      ...[[2, 0], [4, 0]] as const,
      [4, isHuge ? HUGE : startBytes],
      text,
      zip64,
    ));
    const after = joinFields([4, 0x08074b50], [4, checksum], [
      4,
      bytes.length,
    ], [4, bytes.length]);
    parts.push(local, bytes, after);
    offset += local.length + bytes.length + after.length;
  }
  const directory = joinFields(...headers);
  const end = endRecords(options, {
    numEntries: files.length,
    sizeBytes: directory.length,
    startBytes: offset,
    disk: 0,
    locatorBytes: offset + directory.length,
  });
  return joinFields(...parts, directory, end);
}

function endRecords(
  { isZip64 = true, isHuge = false, lies }: ZipOptions,
  truth: EndFields,
): Uint8Array {
  const fields = { ...truth, ...lies };
  const { numEntries, sizeBytes, startBytes, disk, locatorBytes } = fields;
  const zip64 = joinFields(
    ...[[4, 0x06064b50], [8, 44], [2, 0x31e], [2, 0x2d]] as const,
    ...[[4, disk], [4, disk], [8, numEntries], [8, numEntries]] as const,
    ...[[8, sizeBytes], [8, startBytes]] as const,
    ...[[4, 0x07064b50], [4, 0], [8, locatorBytes], [4, 1]] as const,
  );
  const end = joinFields(
    ...[[4, 0x06054b50], [2, disk], [2, disk]] as const,
    ...[[2, isHuge ? 0xffff : numEntries]] as const,
    ...[[2, isHuge ? 0xffff : numEntries]] as const,
    ...[[4, isHuge ? HUGE : sizeBytes]] as const,
    ...[[4, isHuge ? HUGE : startBytes], [2, 0]] as const,
  );
  return isZip64 ? joinFields(zip64, end) : end;
}
