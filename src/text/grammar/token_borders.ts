import type { Tokenizer } from "../tokenizer.ts";

/** Bytes that UTF-8 does not allow behind a first one, of those that continue a character. Source: RFC 3629. */
const WRONG_SECONDS: ReadonlyMap<number, readonly [from: number, to: number]> =
  new Map([
    [0xe0, [0x80, 0x9f]],
    [0xed, [0xa0, 0xbf]],
    [0xf0, [0x80, 0x8f]],
    [0xf4, [0x90, 0xbf]],
  ]);
const SPACE = 0x20;

/** Where tokens meet that no grammar may join: it counts bytes, where texts are made of characters. */
export class TokenBorders {
  readonly #tokenizer: Tokenizer;
  readonly #vocabSize: number;
  readonly #masks = new Map<number | null, Uint32Array>();

  /**
   * @param tokenizer From ids to bytes.
   * @param vocabSize Tokens of the model, `V`.
   */
  constructor(tokenizer: Tokenizer, vocabSize: number) {
    this.#tokenizer = tokenizer;
    this.#vocabSize = vocabSize;
  }

  /**
   * Says which tokens must not follow.
   *
   * @param last Byte that they would follow; null at a begin that loses its first space.
   * @returns A bit for each token, or null where all may follow.
   */
  forbidden(last: number | null): Uint32Array | null {
    const range = last === null ? [SPACE, SPACE] : WRONG_SECONDS.get(last);
    if (range === undefined) return null;
    const mask = this.#masks.get(last) ?? this.#beginningIn(range);
    this.#masks.set(last, mask);
    return mask;
  }

  /** Last byte of a text that a token ends. */
  lastByte(token: number, before: number | null): number | null {
    return this.#tokenizer.tokenBytes(token).at(-1) ?? before;
  }

  #beginningIn([from = 0, to = 0]: readonly number[]): Uint32Array {
    const mask = new Uint32Array(Math.ceil(this.#vocabSize / 32));
    for (let id = 0; id < this.#vocabSize; id++) {
      const [first = -1] = this.#tokenizer.tokenBytes(id);
      if (first < from || first > to) continue;
      mask[id >> 5] = (mask[id >> 5] ?? 0) | 1 << (id & 31);
    }
    return mask;
  }
}

/**
 * Says whether a token's bytes can be part of a text: whole characters, but for the end of one before them and the
 * beginning of one behind.
 *
 * @param bytes The token's bytes.
 * @returns Whether UTF-8 allows them.
 */
export function isPartOfText(bytes: Uint8Array<ArrayBuffer>): boolean {
  const start = bytes.findIndex((byte) => (byte & 0xc0) !== 0x80);
  const numContinuing = start < 0 ? bytes.length : start;
  if (numContinuing > 3) return false;
  try {
    new TextDecoder("utf-8", { fatal: true })
      .decode(bytes.subarray(numContinuing), { stream: true });
    return true;
  } catch {
    return false;
  }
}
