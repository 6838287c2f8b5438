import type { ByteSource } from "../../src/checkpoint/byte_source.ts";

/** A file in memory, which remembers the largest buffer it was asked to fill. */
export class MemorySource implements ByteSource {
  readonly file = "model.safetensors";
  readonly sizeBytes: number;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  /** Bytes of the largest buffer. */
  largestReadBytes = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>, sizeBytes = bytes.length) {
    this.#bytes = bytes;
    this.sizeBytes = sizeBytes;
  }

  read(startBytes: number, into: Uint8Array<ArrayBuffer>): Promise<number> {
    this.largestReadBytes = Math.max(this.largestReadBytes, into.length);
    const part = this.#bytes.subarray(startBytes, startBytes + into.length);
    into.set(part);
    return Promise.resolve(part.length);
  }

  [Symbol.dispose](): void {}
}
