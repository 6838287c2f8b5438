import type { ByteSource } from "./byte_source.ts";
import { quote } from "./quote.ts";
import { type ByteRange, readBytes } from "./read_bytes.ts";
import { findZipDirectory } from "./zip_end.ts";
import { type ZipHeader, ZipHeaderReader } from "./zip_header.ts";

const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_BYTES = 30;

/**
 * Reads the directory of a zip: where the bytes of each file in it are. All files must be stored
 * as they are, not compressed, so that any part can be read at once.
 *
 * Checksums are not checked: torch can leave them out.
 *
 * Source: PKWARE's APPNOTE.TXT 6.3.10, section 4.3.
 *
 * @returns Where the content of each file is, by name, in the directory's order.
 * @throws {SyntaxError} The file is no zip, or its directory is malformed.
 * @throws {RangeError} A size or offset is not what the rest of the file requires, two files share
 *     bytes or a name, or one is compressed or encrypted.
 */
export async function readZipDirectory(
  source: ByteSource,
): Promise<ReadonlyMap<string, ByteRange>> {
  const place = await findZipDirectory(source);
  const bytes = await readBytes(source, place);
  const reader = new ZipHeaderReader(bytes, source.file);
  const headers = new Map<string, ZipHeader>();
  for (let entry = 0; entry < place.numEntries; entry++) {
    const header = reader.next();
    if (headers.has(header.name)) {
      fail(RangeError, source, {
        header,
        rule: "its name must be free",
        found: "it twice",
      });
    }
    headers.set(header.name, header);
  }
  reader.finish();
  return await findContents(source, { headers, endBytes: place.startBytes });
}

async function findContents(
  source: ByteSource,
  { headers, endBytes }: {
    readonly headers: ReadonlyMap<string, ZipHeader>;
    readonly endBytes: number;
  },
): Promise<ReadonlyMap<string, ByteRange>> {
  const sorted = [...headers.values()].sort((a, b) =>
    a.startBytes - b.startBytes
  );
  const contents = new Map<string, ByteRange>();
  for (const [index, header] of sorted.entries()) {
    const limit = sorted[index + 1]?.startBytes ?? endBytes;
    const startBytes = await findContent(source, { header, limit });
    contents.set(header.name, { startBytes, sizeBytes: header.sizeBytes });
  }
  return contents;
}

/** Finds the content after a file's own header, whose length may differ from the directory's. */
async function findContent(
  source: ByteSource,
  { header, limit }: { readonly header: ZipHeader; readonly limit: number },
): Promise<number> {
  const { nameBytes } = header;
  const bytes = await readBytes(source, {
    startBytes: header.startBytes,
    sizeBytes: LOCAL_BYTES + nameBytes.length,
  });
  const view = new DataView(bytes.buffer);
  const isSame = view.getUint32(0, true) === LOCAL_SIGNATURE &&
    view.getUint16(8, true) === 0 &&
    view.getUint16(26, true) === nameBytes.length &&
    nameBytes.every((byte, index) => byte === bytes[LOCAL_BYTES + index]);
  if (!isSame) {
    fail(SyntaxError, source, {
      header,
      rule: `its own header must be at ${header.startBytes}`,
      found: "other bytes",
    });
  }
  const startBytes = header.startBytes + bytes.length +
    view.getUint16(28, true);
  if (startBytes + header.sizeBytes > limit) {
    fail(RangeError, source, {
      header,
      rule: `it must end before the next part, at ${limit}`,
      found: `${header.sizeBytes} bytes from ${startBytes} on`,
    });
  }
  return startBytes;
}

function fail(
  ErrorClass: new (message: string) => Error,
  source: ByteSource,
  { header, rule, found }: {
    readonly header: ZipHeader;
    readonly rule: string;
    readonly found: string;
  },
): never {
  throw new ErrorClass(
    `Cannot read ${quote(header.name)} in ${
      quote(source.file)
    } as ${rule}: found ${found}`,
  );
}
