import { quote } from "./quote.ts";

const LINE_FEED = 0x0a;

/** Reads a pickle's opcodes and their operands one after another. */
export class PickleCursor {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #file: string;
  #offset = 0;

  /** Reads `bytes`, which are in `file`. */
  constructor(bytes: Uint8Array<ArrayBuffer>, file: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#file = file;
  }

  /** Whether all bytes are read. */
  get isAtEnd(): boolean {
    return this.#offset === this.#bytes.length;
  }

  /** An unsigned integer of one byte. */
  uint8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  /** An unsigned integer of two bytes. */
  uint16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  /** An unsigned integer of four bytes. */
  uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** A signed integer of four bytes. */
  int32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }

  /** A signed integer of any number of bytes that a number can hold. */
  integer(sizeBytes: number): number {
    const start = this.#take(sizeBytes);
    if (sizeBytes > 8) {
      this.fail("have integers of at most 8 bytes", `${sizeBytes}`);
    }
    let value = 0n;
    for (let index = sizeBytes - 1; index >= 0; index--) {
      value = value << 8n | BigInt(this.#view.getUint8(start + index));
    }
    const integer = Number(BigInt.asIntN(8 * sizeBytes, value));
    return Number.isSafeInteger(integer)
      ? integer
      : this.fail("have integers below 2^53", `${integer}`);
  }

  /** A text of so many bytes in UTF-8. */
  text(sizeBytes: number): string {
    const start = this.#take(sizeBytes);
    return this.#decode(this.#bytes.subarray(start, this.#offset));
  }

  /** A text up to the end of the line. */
  line(): string {
    const end = this.#bytes.indexOf(LINE_FEED, this.#offset);
    if (end < 0) this.fail("end its lines", "the end of the file");
    const text = this.text(end - this.#offset);
    this.#take(1);
    return text;
  }

  /** Throws that the pickle must do something, for one that is malformed. */
  fail(rule: string, found: string): never {
    throw new SyntaxError(this.#message(rule, found));
  }

  /** Throws that the pickle must do something, for a value of the wrong type. */
  failType(rule: string, found: string): never {
    throw new TypeError(this.#message(rule, found));
  }

  #message(rule: string, found: string): string {
    return `Cannot read ${
      quote(this.#file)
    } as its pickle must ${rule}: found ${found} at offset ${this.#offset}`;
  }

  /** Steps over bytes, and gives the offset of the first. */
  #take(sizeBytes: number): number {
    const start = this.#offset;
    const numLeft = this.#bytes.length - start;
    if (sizeBytes > numLeft) {
      this.fail(`hold the ${sizeBytes} bytes it announces`, `${numLeft}`);
    }
    this.#offset += sizeBytes;
    return start;
  }

  #decode(bytes: Uint8Array<ArrayBuffer>): string {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
        .decode(bytes);
    } catch {
      return this.fail("have texts in UTF-8", "other bytes");
    }
  }
}
