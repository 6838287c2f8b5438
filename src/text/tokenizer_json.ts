import { isJsonObject, type JsonObject } from "./json_object.ts";
import { exactPreTokenizer } from "./pre_tokenizer.ts";
import { refuseType, refuseValue } from "./refuse.ts";

/** A token that is found in a text before the rest is merged. */
export type AddedToken = JsonObject & {
  readonly id: number;
  readonly content: string;
};

/** A `tokenizer.json`, checked, and rewritten where the library needs it. */
export interface TokenizerJson {
  /** What the library is given, but for the post-processor. */
  readonly parts: JsonObject & {
    readonly added_tokens: readonly AddedToken[];
    readonly model: JsonObject & {
      readonly vocab: Readonly<Record<string, number>>;
      readonly merges: readonly (readonly [string, string])[];
    };
  };
  /** Largest id + 1. */
  readonly vocabSize: number;
  /** Ids of added tokens, whose content is text as it stands. */
  readonly addedTokenIds: ReadonlySet<number>;
  /** Ids of the added tokens that are no text. */
  readonly specialTokenIds: ReadonlySet<number>;
}

// Far above any vocabulary, and low enough for a list of that length.
const MAX_IDS = 2 ** 24;
const WORD_INSIDE = /[^▁]▁/;

/**
 * Checks what a `tokenizer.json` holds.
 *
 * @param json The parsed file.
 * @param file The file, as error messages name it.
 * @throws {TypeError} A field has the wrong type.
 * @throws {RangeError} A field has a value that is wrong or not supported.
 */
export function readTokenizerJson(
  json: JsonObject,
  file: string,
): TokenizerJson {
  const model = readModel(json.model, file);
  const vocab = readVocab(model.vocab, file);
  const tokens = Object.entries(vocab);
  const addedTokens = readAddedTokens(json.added_tokens, file);
  const contents = new Set(tokens.map(([token]) => token));
  let vocabSize = 0;
  for (const [, id] of tokens) vocabSize = Math.max(vocabSize, id + 1);
  for (const { id } of addedTokens) vocabSize = Math.max(vocabSize, id + 1);
  return {
    parts: {
      ...json,
      added_tokens: addedTokens,
      normalizer: json.normalizer ?? null,
      pre_tokenizer: exactPreTokenizer(json.pre_tokenizer, {
        file,
        isCutBetweenWords: model.ignore_merges !== true &&
          !tokens.some(([token]) => WORD_INSIDE.test(token)),
      }),
      decoder: json.decoder ?? null,
      model: {
        ...model,
        type: "BPE",
        vocab,
        merges: readMerges(model.merges, { contents, file }),
      },
    },
    vocabSize,
    addedTokenIds: new Set(addedTokens.map(({ id }) => id)),
    specialTokenIds: new Set(
      addedTokens.filter(({ special }) => special === true).map(({ id }) => id),
    ),
  };
}

function readModel(model: unknown, file: string): JsonObject {
  if (!isJsonObject(model)) {
    refuseType({ file, rule: "model must be an object", found: model });
  }
  // Old files of byte-level models leave the type out.
  const found = model.type ?? (model.merges === undefined ? undefined : "BPE");
  if (found !== "BPE") {
    refuseValue({ file, rule: 'model.type must be "BPE"', found });
  }
  for (const key of ["continuing_subword_prefix", "end_of_word_suffix"]) {
    const affix = model[key] ?? "";
    if (affix !== "") {
      refuseValue({ file, rule: `model.${key} must be empty`, found: affix });
    }
  }
  return model;
}

function readVocab(vocab: unknown, file: string): Record<string, number> {
  if (!isJsonObject(vocab)) {
    refuseType({ file, rule: "model.vocab must be an object", found: vocab });
  }
  if (!isVocab(vocab)) {
    const found = Object.values(vocab).find((id) => !isTokenId(id));
    const rule = `model.vocab must hold ids below ${MAX_IDS}`;
    refuseValue({ file, rule, found });
  }
  return vocab;
}

function isVocab(vocab: JsonObject): vocab is Record<string, number> {
  const ids = Object.values(vocab);
  return ids.length > 0 && ids.every(isTokenId);
}

function isTokenId(id: unknown): id is number {
  return Number.isInteger(id) && Number(id) >= 0 && Number(id) < MAX_IDS;
}

function readMerges(
  merges: unknown,
  { contents, file }: { contents: ReadonlySet<string>; file: string },
): Array<[string, string]> {
  if (!Array.isArray(merges)) {
    refuseType({ file, rule: "model.merges must be a list", found: merges });
  }
  return merges.map((merge: unknown, rank) => {
    const pair = typeof merge === "string" ? merge.split(" ") : merge;
    const [left, right, rest]: unknown[] = Array.isArray(pair) ? pair : [];
    if (
      typeof left !== "string" || typeof right !== "string" ||
      rest !== undefined || !contents.has(left + right)
    ) {
      const rule = `model.merges[${rank}] must join two tokens into a third`;
      return refuseValue({ file, rule, found: merge });
    }
    return [left, right];
  });
}

function readAddedTokens(
  tokens: unknown,
  file: string,
): AddedToken[] {
  if (tokens === undefined || tokens === null) return [];
  if (!Array.isArray(tokens)) {
    refuseType({ file, rule: "added_tokens must be a list", found: tokens });
  }
  return tokens.map((token: unknown, index) => {
    const { id, content } = isJsonObject(token) ? token : {};
    if (!isTokenId(id) || typeof content !== "string" || content === "") {
      const rule = `added_tokens[${index}] must have an id and a content`;
      return refuseValue({ file, rule, found: token });
    }
    return { ...(isJsonObject(token) ? token : {}), id, content };
  });
}
