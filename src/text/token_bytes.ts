import { BYTE_ALPHABET } from "./byte_alphabet.ts";
import { isJsonObject, type JsonObject } from "./json_object.ts";
import { refuseValue } from "./refuse.ts";

/**
 * From tokens to bytes of UTF-8: one token's bytes never depend on another's, so a text can be
 * decoded piece by piece.
 */
export interface TokenBytes {
  /** Spaces that the start of a text loses, as they were put there before it was encoded. */
  readonly numLeadingSpaces: number;
  /** Bytes of a token; an added token's content is text as it stands. */
  readonly bytesOf: (
    token: string,
    isAdded: boolean,
  ) => Uint8Array<ArrayBuffer>;
}

const BYTE_TOKEN = /^<0x([0-9A-Fa-f]{2})>$/;
const ENCODER = new TextEncoder();

/**
 * Reads how tokens become text, for the two forms that Llama-family models have: byte-level, and
 * the one of SentencePiece (`▁` for a space, `<0x0A>` for a byte).
 *
 * @param decoder `decoder` of a `tokenizer.json`.
 * @param file The file, as error messages name it.
 * @throws {RangeError} The decoder is of another form.
 */
export function createTokenBytes(decoder: unknown, file: string): TokenBytes {
  const parts = isJsonObject(decoder) && decoder.type === "Sequence" &&
      Array.isArray(decoder.decoders)
    ? decoder.decoders
    : [decoder];
  const [first] = parts;
  if (parts.length === 1 && isJsonObject(first)) {
    if (first.type === "ByteLevel") return createByteLevel();
    if (first.type === "Metaspace") {
      return createSentencePiece([readMetaspace(first)], {
        numLeadingSpaces: first.prepend_scheme === "never" ? 0 : 1,
      });
    }
  }
  return readSentencePiece(parts, file);
}

type Replacement = readonly [pattern: string, content: string];

function createByteLevel(): TokenBytes {
  const bytes = new Map(BYTE_ALPHABET.map((letter, byte) => [letter, byte]));
  return {
    numLeadingSpaces: 0,
    bytesOf: (token, isAdded) => {
      const found = Array.from(token, (character) => bytes.get(character));
      const known = found.filter((byte) => byte !== undefined);
      return isAdded || known.length < found.length
        ? ENCODER.encode(token)
        : Uint8Array.from(known);
    },
  };
}

function createSentencePiece(
  replacements: readonly Replacement[],
  options: { readonly numLeadingSpaces: number; readonly hasBytes?: boolean },
): TokenBytes {
  return {
    numLeadingSpaces: options.numLeadingSpaces,
    bytesOf: (token) => {
      const text = replacements.reduce(
        (text, [pattern, content]) => text.replaceAll(pattern, () => content),
        token,
      );
      const byte = options.hasBytes ? BYTE_TOKEN.exec(text)?.[1] : undefined;
      return byte === undefined
        ? ENCODER.encode(text)
        : Uint8Array.of(Number.parseInt(byte, 16));
    },
  };
}

function readMetaspace(part: JsonObject): Replacement {
  return typeof part.replacement === "string"
    ? [part.replacement, " "]
    : ["▁", " "];
}

// Order matters to the reference: replacements act on tokens, the strip on the fused text.
function readSentencePiece(
  parts: readonly unknown[],
  file: string,
): TokenBytes {
  const replacements: Replacement[] = [];
  let hasBytes = false;
  let isFused = false;
  let numLeadingSpaces = 0;
  for (const part of parts) {
    const found = isJsonObject(part) ? part : {};
    const replacement = readReplacement(found);
    if (replacement !== null && !hasBytes && !isFused) {
      replacements.push(replacement);
    } else if (found.type === "ByteFallback" && !isFused) hasBytes = true;
    else if (found.type === "Fuse") isFused = true;
    else if (isFused && isStrip(found)) numLeadingSpaces += found.start;
    else {
      refuseValue({
        file,
        rule:
          "decoder must be ByteLevel, Metaspace or Replace, ByteFallback, Fuse and Strip in order",
        found: isJsonObject(part) ? part.type : part,
      });
    }
  }
  return createSentencePiece(replacements, { numLeadingSpaces, hasBytes });
}

function readReplacement(part: JsonObject): Replacement | null {
  const pattern = isJsonObject(part.pattern) ? part.pattern.String : null;
  return part.type === "Replace" && typeof pattern === "string" &&
      typeof part.content === "string"
    ? [pattern, part.content]
    : null;
}

function isStrip(
  part: JsonObject,
): part is JsonObject & { readonly start: number } {
  return part.type === "Strip" && part.content === " " && part.stop === 0 &&
    Number.isInteger(part.start);
}
