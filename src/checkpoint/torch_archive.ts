import type { ByteSource } from "./byte_source.ts";
import { quote } from "./quote.ts";
import { type ByteRange, readBytes } from "./read_bytes.ts";
import { readZipDirectory } from "./zip_directory.ts";

/** The files in a zip that `torch.save` wrote. */
export interface TorchArchive {
  /** What was saved, as a pickle. */
  readonly pickle: Uint8Array<ArrayBuffer>;
  /** Where the numbers of each storage are, by its key. */
  readonly storages: ReadonlyMap<string, ByteRange>;
}

// A state dict takes about 200 bytes per tensor.
const MAX_PICKLE_BYTES = 4 * 2 ** 20;
const MAX_TEXT_BYTES = 32;
const MAX_VERSION = 10;
const ZIP_MAGIC = [0x50, 0x4b];
// Protocol 2 and the start of the number 0x1950a86a20f9469cfc6c.
const LEGACY_MAGIC = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc];

/**
 * Opens the zip that `torch.save` writes: one folder with `data.pkl`, `version`, perhaps
 * `byteorder`, and storages as `data/0`, `data/1` and so on. Other files in it are left alone.
 *
 * @throws {SyntaxError} It is not such a zip, or is older.
 * @throws {RangeError} A size, offset or version is not supported, or the bytes are big-endian.
 * @throws {ReferenceError} A file in it is missing.
 */
export async function openTorchArchive(
  source: ByteSource,
): Promise<TorchArchive> {
  await checkMagic(source);
  const contents = await readZipDirectory(source);
  const folder = findFolder(source, contents);
  const version = await readText(source, contents.get(`${folder}/version`));
  if (version === null) failMissing(source, `${folder}/version`);
  const isVersion = /^[0-9]{1,4}\n?$/.test(version) &&
    Number(version) >= 1 && Number(version) <= MAX_VERSION;
  if (!isVersion) {
    failValue(source, `its version must be 1 to ${MAX_VERSION}`, version);
  }
  const order = await readText(source, contents.get(`${folder}/byteorder`));
  if (order !== null && order !== "little") {
    failValue(source, 'its byteorder must be "little"', order);
  }
  return {
    pickle: await readPickle(source, { contents, name: `${folder}/data.pkl` }),
    storages: findStorages(contents, `${folder}/data/`),
  };
}

async function checkMagic(source: ByteSource): Promise<void> {
  const bytes = await readBytes(source, {
    startBytes: 0,
    sizeBytes: Math.min(source.sizeBytes, LEGACY_MAGIC.length),
  });
  const starts = (magic: readonly number[]): boolean =>
    magic.every((byte, index) => byte === bytes[index]);
  if (starts(ZIP_MAGIC)) return;
  const found = starts(LEGACY_MAGIC) ? "the older form" : "other bytes";
  throw new SyntaxError(
    `Cannot read ${
      quote(source.file)
    } as it must be a zip, as torch.save writes since 1.6: found ${found}`,
  );
}

function findFolder(
  source: ByteSource,
  contents: ReadonlyMap<string, ByteRange>,
): string {
  const names = [...contents.keys()];
  const folder = names[0]?.split("/", 1)[0] ?? "";
  const stray = names.find((name) => !name.startsWith(`${folder}/`));
  if (stray !== undefined || names.length === 0) {
    throw new SyntaxError(
      `Cannot read ${
        quote(source.file)
      } as all in it must be in one folder: found ${
        stray === undefined ? "nothing" : quote(stray)
      }`,
    );
  }
  return folder;
}

async function readText(
  source: ByteSource,
  place: ByteRange | undefined,
): Promise<string | null> {
  if (place === undefined) return null;
  const sizeBytes = Math.min(place.sizeBytes, MAX_TEXT_BYTES);
  const bytes = await readBytes(source, { ...place, sizeBytes });
  return new TextDecoder().decode(bytes);
}

async function readPickle(
  source: ByteSource,
  { contents, name }: {
    readonly contents: ReadonlyMap<string, ByteRange>;
    readonly name: string;
  },
): Promise<Uint8Array<ArrayBuffer>> {
  const place = contents.get(name) ?? failMissing(source, name);
  if (place.sizeBytes > MAX_PICKLE_BYTES) {
    throw new RangeError(
      `Cannot read ${quote(name)} in ${
        quote(source.file)
      } as it must be at most ${MAX_PICKLE_BYTES} bytes: found ${place.sizeBytes}`,
    );
  }
  return await readBytes(source, place);
}

function findStorages(
  contents: ReadonlyMap<string, ByteRange>,
  start: string,
): ReadonlyMap<string, ByteRange> {
  const storages = new Map<string, ByteRange>();
  for (const [name, place] of contents) {
    if (name.startsWith(start)) storages.set(name.slice(start.length), place);
  }
  return storages;
}

function failMissing(source: ByteSource, name: string): never {
  throw new ReferenceError(
    `Cannot read ${quote(name)} in ${
      quote(source.file)
    } as torch.save writes it: found no such file in the zip`,
  );
}

function failValue(source: ByteSource, rule: string, found: string): never {
  throw new RangeError(
    `Cannot read ${quote(source.file)} as ${rule}: found ${quote(found)}`,
  );
}
