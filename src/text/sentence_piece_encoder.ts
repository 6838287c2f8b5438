import { mergeSentencePiece } from "./sentence_piece_merge.ts";
import { SPECIAL_MARK } from "./special_mark.ts";
import type { TokenEncoder } from "./token_encoder.ts";
import { type TextPart, type WholeToken, WholeTokens } from "./whole_tokens.ts";

/** What a `SentencePieceEncoder` is made of. */
export interface SentencePieceArgs {
  /** Contents of all tokens by id. */
  readonly tokens: readonly string[];
  /** Score of each. */
  readonly scores: readonly number[];
  /** Those that are found whole. */
  readonly wholeTokens: readonly WholeToken[];
  /** Those of them that are no text. */
  readonly specialIds: ReadonlySet<number>;
  /** Puts a space before a text, and behind each token that is found whole. */
  readonly hasSpacePrefix: boolean;
  /** Put before a text. */
  readonly prefixIds: readonly number[];
  /** Put behind it. */
  readonly suffixIds: readonly number[];
  /** Stands for a byte that has no token. */
  readonly unknownId: number | null;
}

const SPACE = "▁";
const ENCODER = new TextEncoder();

/** SentencePiece's BPE, which merges by score, with bytes for what has no token. */
export class SentencePieceEncoder implements TokenEncoder {
  readonly #args: SentencePieceArgs;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #wholeTokens: WholeTokens;
  readonly #markedTokens: WholeTokens;

  /** Takes tokens and how a text is prepared. */
  constructor(args: SentencePieceArgs) {
    this.#args = args;
    this.#ids = new Map(args.tokens.map((content, id) => [content, id]));
    this.#wholeTokens = new WholeTokens(args.wholeTokens);
    this.#markedTokens = new WholeTokens(args.wholeTokens.map((token) => ({
      ...token,
      content: args.specialIds.has(token.id)
        ? SPECIAL_MARK + token.content
        : token.content,
    })));
  }

  encode(text: string, addSpecialTokens: boolean): number[] {
    const ids = this.#encodeParts(this.#wholeTokens.split(text));
    if (!addSpecialTokens) return ids;
    return [...this.#args.prefixIds, ...ids, ...this.#args.suffixIds];
  }

  encodeMarked(text: string): number[] {
    const { specialIds } = this.#args;
    return this.#encodeParts(this.#markedTokens.split(text), specialIds);
  }

  idOf(content: string): number | undefined {
    return this.#ids.get(content);
  }

  tokenText(id: number): string | undefined {
    return this.#args.tokens[id];
  }

  /** Takes parts of a text, and ids that no text is merged to. */
  #encodeParts(
    parts: readonly TextPart[],
    unmerged: ReadonlySet<number> = new Set(),
  ): number[] {
    const ids: number[] = [];
    let isFirst = true;
    for (const part of parts) {
      if (part.token !== null) ids.push(part.token.id);
      else {
        const text = this.#args.hasSpacePrefix && isFirst
          ? SPACE + part.text
          : part.text;
        for (const id of this.#textIds(text, unmerged)) ids.push(id);
      }
      // A token that is found whole begins anew what comes behind it.
      isFirst = part.token !== null;
    }
    return ids;
  }

  #textIds(text: string, unmerged: ReadonlySet<number>): readonly number[] {
    const { scores } = this.#args;
    const pieces = mergeSentencePiece(
      text.replaceAll(" ", SPACE),
      (content) => {
        const id = this.#ids.get(content);
        return id === undefined || unmerged.has(id) ? undefined : scores[id];
      },
    );
    return pieces.flatMap((piece) =>
      this.#ids.get(piece) ?? this.#byteIds(piece)
    );
  }

  #byteIds(piece: string): readonly number[] {
    return [...ENCODER.encode(piece)].flatMap((byte) => {
      const hex = byte.toString(16).toUpperCase().padStart(2, "0");
      return this.#ids.get(`<0x${hex}>`) ?? this.#args.unknownId ?? [];
    });
  }
}
