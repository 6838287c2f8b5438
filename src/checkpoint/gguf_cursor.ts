import { quote } from "./quote.ts";

/** Thrown where a header goes on beyond the bytes at hand, and the file has more. */
export class GgufHeaderCut extends Error {}

/** Room for a vocabulary of a million tokens and as many merges. */
const MAX_HEADER_BYTES = 100_000_000;
/** A JavaScript value takes many times the byte that it may take in the file. */
const MAX_VALUES = 2 ** 22;
const MAX_TOKEN_BYTES = 64;
const INTEGER_BYTES = {
  Uint8: 1,
  Int8: 1,
  Uint16: 2,
  Int16: 2,
  Uint32: 4,
  Int32: 4,
} as const;

/** Reads little-endian values from the first bytes of a GGUF file, one after another. */
export class GgufCursor {
  /** Bytes read so far. */
  offset = 0;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #file: string;
  readonly #fileBytes: number;
  readonly #decoder = new TextDecoder("utf-8", {
    fatal: true,
    ignoreBOM: true,
  });
  #numValues = 0;

  /** Reads `bytes`, which are the first of the `fileBytes` of `file`. */
  constructor(
    bytes: Uint8Array<ArrayBuffer>,
    options: { readonly file: string; readonly fileBytes: number },
  ) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#file = options.file;
    this.#fileBytes = options.fileBytes;
  }

  /** An integer of one to four bytes. */
  number(type: keyof typeof INTEGER_BYTES): number {
    const start = this.#take(INTEGER_BYTES[type]);
    switch (type) {
      case "Uint8":
        return this.#view.getUint8(start);
      case "Int8":
        return this.#view.getInt8(start);
      case "Uint16":
        return this.#view.getUint16(start, true);
      case "Int16":
        return this.#view.getInt16(start, true);
      case "Uint32":
        return this.#view.getUint32(start, true);
      case "Int32":
        return this.#view.getInt32(start, true);
    }
  }

  /** A floating-point number of 32 or 64 bits. */
  float(bits: 32 | 64): number {
    const start = this.#take(bits / 8);
    return bits === 32
      ? this.#view.getFloat32(start, true)
      : this.#view.getFloat64(start, true);
  }

  /** An integer of 64 bits, rounded where a number cannot hold it. */
  integer64(isSigned: boolean): number {
    const start = this.#take(8);
    return Number(
      isSigned
        ? this.#view.getBigInt64(start, true)
        : this.#view.getBigUint64(start, true),
    );
  }

  /**
   * How many things follow, each of which takes at least `minBytes`.
   *
   * @throws {RangeError} The file cannot hold them.
   */
  count(what: string, minBytes: number): number {
    const count = this.integer64(false);
    const most = Math.floor((this.#fileBytes - this.offset) / minBytes);
    if (count > most) {
      this.refuse(`it must hold at most ${most} ${what} here`, `${count}`);
    }
    this.#numValues += count;
    if (this.#numValues > MAX_VALUES) {
      this.refuse(`its header must hold at most ${MAX_VALUES} values`, "more");
    }
    return count;
  }

  /**
   * A text with its length before it.
   *
   * @throws {SyntaxError} It is not UTF-8.
   */
  text(): string {
    const length = this.integer64(false);
    const start = this.#take(length);
    const bytes = this.#bytes.subarray(start, start + length);
    try {
      return decodeToken(bytes) ?? this.#decoder.decode(bytes);
    } catch {
      throw new SyntaxError(
        `Cannot read ${
          quote(this.#file)
        } as its texts must be UTF-8: found other bytes at offset ${start}`,
      );
    }
  }

  /** @throws {RangeError} Always: a value in the file is not what it must be. */
  refuse(rule: string, found: string): never {
    throw new RangeError(
      `Cannot read ${
        quote(this.#file)
      } as ${rule}: found ${found} before offset ${this.offset}`,
    );
  }

  #take(numBytes: number): number {
    const start = this.offset;
    const end = start + numBytes;
    if (end > this.#fileBytes) {
      throw new RangeError(
        `Cannot read ${
          quote(this.#file)
        } as it must hold ${numBytes} bytes from ${start} on: found ${
          this.#fileBytes - start
        }`,
      );
    }
    if (end > MAX_HEADER_BYTES) {
      this.refuse(
        `its header must be at most ${MAX_HEADER_BYTES} bytes`,
        "more",
      );
    }
    if (end > this.#bytes.length) throw new GgufHeaderCut();
    this.offset = end;
    return start;
  }
}

/** Decodes a short text of characters below U+0800, in a fraction of the time that a `TextDecoder` takes. */
function decodeToken(bytes: Uint8Array): string | null {
  if (bytes.length > MAX_TOKEN_BYTES) return null;
  let text = "";
  for (let at = 0; at < bytes.length; at++) {
    let unit = bytes[at] ?? 0;
    if (unit >= 0x80) {
      const next = bytes[++at] ?? 0;
      if (unit < 0xc2 || unit > 0xdf || next < 0x80 || next > 0xbf) return null;
      unit = (unit & 0x1f) << 6 | next & 0x3f;
    }
    text += String.fromCharCode(unit);
  }
  return text;
}
