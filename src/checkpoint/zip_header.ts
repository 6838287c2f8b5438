import { quote } from "./quote.ts";

/** What a zip's directory says of a file in it. */
export interface ZipHeader {
  /** Its name. */
  readonly name: string;
  /** Its name, as it is written. */
  readonly nameBytes: Uint8Array;
  /** Where its own header starts, counted from the start of the zip. */
  readonly startBytes: number;
  /** Bytes of its content. */
  readonly sizeBytes: number;
}

const SIGNATURE = 0x02014b50;
const HEADER_BYTES = 46;
// Encrypted, a patch, strongly encrypted, or with a masked directory.
const UNREADABLE_FLAGS = 0x2061;
const ZIP64_FIELD = 1;
const SATURATED = 0xffffffff;

/** Reads the headers in a zip's directory one after another. */
export class ZipHeaderReader {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #file: string;
  #offset = 0;

  /** Reads the `bytes` of a directory in `file`. */
  constructor(bytes: Uint8Array<ArrayBuffer>, file: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
    this.#file = file;
  }

  /**
   * Reads the next header.
   *
   * @throws {SyntaxError} There is none, or it is malformed.
   * @throws {RangeError} The file is compressed, encrypted or in another part.
   */
  next(): ZipHeader {
    const start = this.#take(HEADER_BYTES);
    const view = this.#view;
    if (view.getUint32(start, true) !== SIGNATURE) this.#failMalformed();
    const nameStart = this.#take(view.getUint16(start + 28, true));
    const extraStart = this.#take(view.getUint16(start + 30, true));
    const extraEnd = this.#take(view.getUint16(start + 32, true));
    const nameBytes = this.#bytes.subarray(nameStart, extraStart);
    const name = this.#decode(nameBytes);
    const sizes = this.#readSizes(
      [start + 24, start + 20, start + 42],
      this.#findZip64(extraStart, extraEnd),
    );
    const [sizeBytes = 0, storedBytes = 0, startBytes = 0] = sizes;
    const flags = view.getUint16(start + 8, true);
    const method = view.getUint16(start + 10, true);
    const disk = view.getUint16(start + 34, true);
    const check = (isRight: boolean, rule: string, found: string): void => {
      if (isRight) return;
      throw new RangeError(
        `Cannot read ${quote(name)} in ${
          quote(this.#file)
        } as it must be ${rule}: found ${found}`,
      );
    };
    check(method === 0, "stored uncompressed", `compression method ${method}`);
    check((flags & UNREADABLE_FLAGS) === 0, "stored openly", `flags ${flags}`);
    check(disk === 0, "in the only part of the zip", `part ${disk}`);
    check(
      sizeBytes === storedBytes,
      "stored in as many bytes as it has",
      `${storedBytes} for ${sizeBytes}`,
    );
    return { name, nameBytes, startBytes, sizeBytes };
  }

  /**
   * Checks that no bytes are left.
   *
   * @throws {SyntaxError} There are.
   */
  finish(): void {
    if (this.#offset !== this.#bytes.length) this.#failMalformed();
  }

  /** Steps over bytes, and gives the offset of the first. */
  #take(sizeBytes: number): number {
    const start = this.#offset;
    if (start + sizeBytes > this.#bytes.length) this.#failMalformed();
    this.#offset += sizeBytes;
    return start;
  }

  #decode(bytes: Uint8Array<ArrayBuffer>): string {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
        .decode(bytes);
    } catch {
      return this.#failMalformed();
    }
  }

  /** Finds the ZIP64 field among a header's extra fields; `null` where there is none. */
  #findZip64(start: number, end: number): DataView | null {
    for (let offset = start; offset + 4 <= end;) {
      const sizeBytes = this.#view.getUint16(offset + 2, true);
      const next = offset + 4 + sizeBytes;
      if (next > end) this.#failMalformed();
      if (this.#view.getUint16(offset, true) === ZIP64_FIELD) {
        return new DataView(this.#bytes.buffer, offset + 4, sizeBytes);
      }
      offset = next;
    }
    return null;
  }

  /** Reads sizes of four bytes, or of eight in the ZIP64 field, which has those that need them. */
  #readSizes(
    offsets: readonly number[],
    zip64: DataView | null,
  ): readonly number[] {
    let zip64Offset = 0;
    return offsets.map((offset) => {
      const size = this.#view.getUint32(offset, true);
      if (size !== SATURATED) return size;
      if (zip64 === null || zip64Offset + 8 > zip64.byteLength) {
        return this.#failMalformed();
      }
      zip64Offset += 8;
      // Above 2^53 it is rounded, and far beyond the end of any file.
      return Number(zip64.getBigUint64(zip64Offset - 8, true));
    });
  }

  #failMalformed(): never {
    throw new SyntaxError(
      `Cannot read ${
        quote(this.#file)
      } as its zip directory must hold a header for each entry: found other bytes`,
    );
  }
}
