import type { ByteSource } from "./byte_source.ts";
import { quote } from "./quote.ts";
import { type ByteRange, readBytes } from "./read_bytes.ts";

/** Where a zip's directory is. */
export interface ZipDirectoryPlace extends ByteRange {
  /** Entries in it. */
  readonly numEntries: number;
}

/** A record at the end of a zip: the numbers that say where the directory is. */
interface EndRecord {
  readonly disks: readonly number[];
  readonly numOnDisk: number;
  readonly numEntries: number;
  readonly sizeBytes: number;
  readonly startBytes: number;
}

const END = { signature: 0x06054b50, sizeBytes: 22 };
const LOCATOR = { signature: 0x07064b50, sizeBytes: 20 };
const END_64 = { signature: 0x06064b50, sizeBytes: 56 };
const MAX_DIRECTORY_BYTES = 16 * 2 ** 20;
const MAX_ENTRIES = 2 ** 16;

/**
 * Finds the directory of a zip through the records at its end, ZIP64's too.
 *
 * The file must end with them, in the order in which all programs write them: directory, ZIP64
 * record, its locator, end record, and no comment. So there is one way to read a file.
 *
 * Source: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.14 to 4.3.16.
 *
 * @throws {SyntaxError} The file does not end as a zip does.
 * @throws {RangeError} The directory is not where a record says, or too large.
 */
export async function findZipDirectory(
  source: ByteSource,
): Promise<ZipDirectoryPlace> {
  const endStart = source.sizeBytes - END.sizeBytes;
  const view = await readRecord(source, { ...END, startBytes: endStart });
  if (view === null || view.getUint16(20, true) !== 0) {
    return fail(SyntaxError, source, {
      rule: "it must end with the end record of a zip",
      found: "other bytes",
    });
  }
  const end = parseEnd(view);
  const locatorStart = endStart - LOCATOR.sizeBytes;
  const locator = await readRecord(source, {
    ...LOCATOR,
    startBytes: locatorStart,
  });
  if (locator === null) {
    return checkPlace(source, end, { directoryEnd: endStart });
  }
  const recordStart = locatorStart - END_64.sizeBytes;
  const record = await readRecord(source, {
    ...END_64,
    startBytes: recordStart,
  });
  const isThere = record !== null &&
    Number(locator.getBigUint64(8, true)) === recordStart &&
    Number(record.getBigUint64(4, true)) === END_64.sizeBytes - 12;
  if (!isThere) {
    return fail(SyntaxError, source, {
      rule: "its ZIP64 record must be right before the locator of it",
      found: "other bytes",
    });
  }
  const end64 = parseEnd64(record);
  checkAgreement(source, { end, end64 });
  return checkPlace(source, end64, { directoryEnd: recordStart });
}

/** Reads a record; `null` where there is none with this signature. */
async function readRecord(
  source: ByteSource,
  { signature, startBytes, sizeBytes }: ByteRange & {
    readonly signature: number;
  },
): Promise<DataView | null> {
  if (startBytes < 0) return null;
  const bytes = await readBytes(source, { startBytes, sizeBytes });
  const view = new DataView(bytes.buffer);
  return view.getUint32(0, true) === signature ? view : null;
}

function parseEnd(view: DataView): EndRecord {
  return {
    disks: [view.getUint16(4, true), view.getUint16(6, true)],
    numOnDisk: view.getUint16(8, true),
    numEntries: view.getUint16(10, true),
    sizeBytes: view.getUint32(12, true),
    startBytes: view.getUint32(16, true),
  };
}

// Above 2^53 a number is rounded, and far beyond any size that it is compared with.
function parseEnd64(view: DataView): EndRecord {
  return {
    disks: [view.getUint32(16, true), view.getUint32(20, true)],
    numOnDisk: Number(view.getBigUint64(24, true)),
    numEntries: Number(view.getBigUint64(32, true)),
    sizeBytes: Number(view.getBigUint64(40, true)),
    startBytes: Number(view.getBigUint64(48, true)),
  };
}

function checkAgreement(
  source: ByteSource,
  { end, end64 }: { readonly end: EndRecord; readonly end64: EndRecord },
): void {
  const pairs: readonly (readonly [number, number, number])[] = [
    [end.numEntries, end64.numEntries, 0xffff],
    [end.sizeBytes, end64.sizeBytes, 0xffffffff],
    [end.startBytes, end64.startBytes, 0xffffffff],
  ];
  for (const [short, long, max] of pairs) {
    if (short === max || short === long) continue;
    fail(RangeError, source, {
      rule: "its two end records must say the same",
      found: `${short} and ${long}`,
    });
  }
}

function checkPlace(
  source: ByteSource,
  { disks, numOnDisk, numEntries, startBytes, sizeBytes }: EndRecord,
  { directoryEnd }: { readonly directoryEnd: number },
): ZipDirectoryPlace {
  if (disks.some((disk) => disk !== 0) || numOnDisk !== numEntries) {
    fail(RangeError, source, {
      rule: "it must be a zip of one part",
      found: `${numOnDisk} of ${numEntries} entries in part ${disks[0]}`,
    });
  }
  if (startBytes + sizeBytes !== directoryEnd) {
    fail(RangeError, source, {
      rule: `its directory must end at ${directoryEnd}`,
      found: `${sizeBytes} bytes from ${startBytes} on`,
    });
  }
  if (sizeBytes > MAX_DIRECTORY_BYTES || numEntries > MAX_ENTRIES) {
    fail(RangeError, source, {
      rule:
        `its directory must be at most ${MAX_DIRECTORY_BYTES} bytes with ${MAX_ENTRIES} entries`,
      found: `${sizeBytes} with ${numEntries}`,
    });
  }
  return { startBytes, sizeBytes, numEntries };
}

function fail(
  ErrorClass: new (message: string) => Error,
  source: ByteSource,
  { rule, found }: { readonly rule: string; readonly found: string },
): never {
  throw new ErrorClass(
    `Cannot read ${quote(source.file)} as ${rule}: found ${found}`,
  );
}
