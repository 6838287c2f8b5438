import { Tokenizer as Library } from "@huggingface/tokenizers";
import type { JsonObject } from "./json_object.ts";
import { exactPostProcessor } from "./post_processor.ts";
import { refuseValue } from "./refuse.ts";
import { SPECIAL_MARK } from "./special_mark.ts";
import { createTokenBytes } from "./token_bytes.ts";
import type { TokenEncoder } from "./token_encoder.ts";
import { readTokenizerJson, type TokenizerJson } from "./tokenizer_json.ts";
import type { TokenizerParts } from "./tokenizer_parts.ts";

/** The files that a tokenizer is made of. */
export interface TokenizerFiles {
  /** `tokenizer.json`, parsed. */
  readonly json: Readonly<Record<string, unknown>>;
  /** `tokenizer_config.json`, parsed; empty if there is none. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** The first, as error messages name it. */
  readonly name: string;
  /** The second, as error messages name it. */
  readonly configName?: string;
}

/**
 * Makes what a tokenizer works with of its files.
 *
 * @throws {TypeError} A field has the wrong type.
 * @throws {RangeError} A field has a value that is wrong or not supported.
 */
export function readTokenizerFiles(files: TokenizerFiles): TokenizerParts {
  const { json, config = {}, name, configName = name } = files;
  const read = readTokenizerJson(json, name);
  const tokenBytes = createTokenBytes(json.decoder, name);
  const postProcessor = exactPostProcessor(json, config, configName);
  const { vocabSize, specialTokenIds, addedTokenIds } = read;
  const encoder = new LibraryEncoder(
    createLibrary(read, postProcessor, name),
    () => constructLibrary(markedParts(read), name),
  );
  return { encoder, vocabSize, specialTokenIds, addedTokenIds, tokenBytes };
}

/** Encodes as a `tokenizer.json` says, by `@huggingface/tokenizers`. */
class LibraryEncoder implements TokenEncoder {
  readonly #library: Library;
  readonly #createMarked: () => Library;
  /** Made when first needed, as it is as large as the other. */
  #marked: Library | undefined;

  constructor(library: Library, createMarked: () => Library) {
    this.#library = library;
    this.#createMarked = createMarked;
  }

  encode(text: string, addSpecialTokens: boolean): number[] {
    return this.#library.encode(text, { add_special_tokens: addSpecialTokens })
      .ids;
  }

  encodeMarked(text: string): number[] {
    this.#marked ??= this.#createMarked();
    return this.#marked.encode(text, { add_special_tokens: false }).ids;
  }

  idOf(content: string): number | undefined {
    return this.#library.token_to_id(content);
  }

  tokenText(id: number): string | undefined {
    return this.#library.id_to_token(id);
  }
}

/** The same tokenizer, where special tokens have a mark before them, and no text is merged to one. */
function markedParts({ parts, specialTokenIds }: TokenizerJson): JsonObject {
  const { added_tokens: addedTokens, model } = parts;
  const isSpecial = ({ id }: { readonly id: number }): boolean =>
    specialTokenIds.has(id);
  const contents = new Set(
    addedTokens.filter(isSpecial).map(({ content }) => content),
  );
  const vocab = Object.entries(model.vocab).filter(([content]) =>
    content === model.unk_token || !contents.has(content)
  );
  return {
    ...parts,
    added_tokens: addedTokens.map((token) =>
      isSpecial(token)
        ? { ...token, content: SPECIAL_MARK + token.content }
        : token
    ),
    model: {
      ...model,
      vocab: Object.fromEntries(vocab),
      merges: model.merges.filter(([left, right]) =>
        !contents.has(left + right)
      ),
    },
    post_processor: null,
  };
}

function createLibrary(
  { parts }: TokenizerJson,
  postProcessor: unknown,
  file: string,
): Library {
  const library = constructLibrary(
    { ...parts, post_processor: postProcessor },
    file,
  );
  const found = library.encode("").tokens.find((token) =>
    library.token_to_id(token) === undefined
  );
  if (found === undefined) return library;
  const rule = "post_processor must add tokens of the vocabulary";
  return refuseValue({ file, rule, found });
}

function constructLibrary(json: JsonObject, file: string): Library {
  try {
    return new Library(json, {});
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return refuseValue({
      file,
      rule: "its parts must be ones that @huggingface/tokenizers knows",
      found,
    });
  }
}
