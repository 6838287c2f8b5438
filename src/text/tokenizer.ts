import { parseJsonObject } from "./json_object.ts";
import { quote } from "./quote.ts";
import { readTextFile } from "./text_file.ts";
import { markSpecialTokens } from "./special_mark.ts";
import type { TokenBytes } from "./token_bytes.ts";
import type { TokenEncoder } from "./token_encoder.ts";
import { readTokenizerFiles, type TokenizerFiles } from "./tokenizer_files.ts";
import type { TokenizerParts } from "./tokenizer_parts.ts";

/** Options of `Tokenizer.encode`. */
export interface EncodeOptions {
  /**
   * Puts the model's special tokens, such as one for the beginning, round the text. Default: `true`.
   *
   * A chat template writes them itself, so its text is encoded with `false`.
   */
  readonly addSpecialTokens?: boolean;
}

/** Options of `Tokenizer.decode`. */
export interface DecodeOptions {
  /** Leaves special tokens out. Default: `true`. */
  readonly skipSpecialTokens?: boolean;
}

const NO_BYTES = new Uint8Array(0);

/**
 * From text to token ids and back.
 *
 * Text is exact: no space before punctuation is cleaned up, whatever the configuration says.
 *
 * @example
 * ```ts ignore
 * const tokenizer = await Tokenizer.load("models/stories260k");
 * const ids = tokenizer.encode("Once upon a time"); // [1, 403, 407, 261, 378]
 * tokenizer.decode(ids); // "Once upon a time"
 * ```
 */
export class Tokenizer {
  /** Largest id + 1, added tokens included. */
  readonly vocabSize: number;
  /** Ids that are no text. */
  readonly specialTokenIds: ReadonlySet<number>;
  /** Spaces that the start of a text loses when it is decoded. */
  readonly numLeadingSpaces: number;
  readonly #encoder: TokenEncoder;
  readonly #addedTokenIds: ReadonlySet<number>;
  readonly #bytesOf: TokenBytes["bytesOf"];

  /**
   * Makes a tokenizer of what its files hold.
   *
   * @throws {TypeError} A field has the wrong type.
   * @throws {RangeError} A field has a value that is wrong or not supported.
   */
  constructor(source: TokenizerFiles | TokenizerParts) {
    const parts = "encoder" in source ? source : readTokenizerFiles(source);
    this.vocabSize = parts.vocabSize;
    this.specialTokenIds = parts.specialTokenIds;
    this.numLeadingSpaces = parts.tokenBytes.numLeadingSpaces;
    this.#addedTokenIds = parts.addedTokenIds;
    this.#bytesOf = parts.tokenBytes.bytesOf;
    this.#encoder = parts.encoder;
  }

  /**
   * Reads the tokenizer of a model in Hugging Face form.
   *
   * @param directory Where `tokenizer.json` is, and `tokenizer_config.json` if there is one.
   * @throws {ReferenceError} There is no `tokenizer.json`.
   * @throws {SyntaxError} A file is not JSON.
   * @throws {TypeError} A field has the wrong type.
   * @throws {RangeError} A field has a value that is wrong or not supported.
   */
  static async load(directory: string | URL): Promise<Tokenizer> {
    const [file, configFile] = await Promise.all([
      readTextFile(directory, "tokenizer.json"),
      readTextFile(directory, "tokenizer_config.json"),
    ]);
    if (file === null) {
      throw new ReferenceError(
        `Cannot load ${
          quote(String(directory))
        } as a tokenizer.json must be in it: found none`,
      );
    }
    return new Tokenizer({
      json: parseJsonObject(file),
      config: configFile === null ? {} : parseJsonObject(configFile),
      name: file.name,
      configName: configFile?.name ?? file.name,
    });
  }

  /**
   * Turns text into ids. Special tokens written in the text become their ids.
   *
   * @param text Text; halves of surrogate pairs become U+FFFD.
   * @param options Whether to add special tokens.
   * @returns Ids.
   */
  encode(text: string, options: EncodeOptions = {}): number[] {
    const { addSpecialTokens = true } = options;
    return this.#encoder.encode(text.toWellFormed(), addSpecialTokens);
  }

  /**
   * Turns text into ids as `encode` does without adding special tokens, but for places where none is to be read.
   *
   * @param text Text; halves of surrogate pairs become U+FFFD.
   * @param plainMark A character that says of the one behind it that no special token begins there, and that is
   *   itself left out.
   * @returns Ids.
   */
  encodeMarked(text: string, plainMark: string): number[] {
    const whole = text.toWellFormed();
    if (!whole.includes(plainMark)) return this.#encoder.encode(whole, false);
    const contents = this.specialTokens;
    return this.#encoder.encodeMarked(
      markSpecialTokens(whole, { contents, plainMark }),
    );
  }

  /** Contents of the tokens that are no text. */
  get specialTokens(): readonly string[] {
    return [...this.specialTokenIds]
      .map((id) => this.tokenText(id) ?? "")
      .filter((content) => content !== "");
  }

  /**
   * Turns ids into text; `StreamDecoder` does it id by id. Ids without a token are no text, and
   * bytes that are not UTF-8 become U+FFFD.
   *
   * @param ids Ids.
   * @param options Whether to leave special tokens out.
   * @returns The text.
   */
  decode(ids: Iterable<number>, options: DecodeOptions = {}): string {
    const { skipSpecialTokens = true } = options;
    const bytes: number[] = [];
    for (const id of ids) {
      if (skipSpecialTokens && this.specialTokenIds.has(id)) continue;
      for (const byte of this.tokenBytes(id)) bytes.push(byte);
    }
    let start = 0;
    while (start < this.numLeadingSpaces && bytes[start] === 0x20) start++;
    return new TextDecoder("utf-8", { ignoreBOM: true })
      .decode(Uint8Array.from(bytes).subarray(start));
  }

  /** Id of a token by its content, as the vocabulary writes it. */
  idOf(content: string): number | undefined {
    return this.#encoder.idOf(content);
  }

  /** Content of a token, as the vocabulary writes it. */
  tokenText(id: number): string | undefined {
    return this.#encoder.tokenText(id);
  }

  /** UTF-8 that a token adds to a text; it may begin or end inside a character. */
  tokenBytes(id: number): Uint8Array<ArrayBuffer> {
    const token = this.tokenText(id);
    return token === undefined
      ? NO_BYTES
      : this.#bytesOf(token, this.#addedTokenIds.has(id));
  }
}
