import { refuseType, refuseValue } from "./refuse.ts";

/** How an id is written where there is no such token. */
const NO_TOKENS: readonly unknown[] = [undefined, -1, 2 ** 32 - 1];

/** Reads what a GGUF file's metadata says of its tokenizer, each value with its type checked. */
export class GgufMetadata {
  /** The file, as error messages name it. */
  readonly file: string;
  readonly #values: ReadonlyMap<string, unknown>;

  /** Reads `values`, which are of `file`. */
  constructor(values: ReadonlyMap<string, unknown>, file: string) {
    this.#values = values;
    this.file = file;
  }

  /** A text, or null. */
  text(key: string): string | null {
    const found = this.#values.get(key) ?? null;
    if (found === null || typeof found === "string") return found;
    return this.#refuseType(key, { rule: "a text", found });
  }

  /** True, false or null. */
  flag(key: string): boolean | null {
    const found = this.#values.get(key) ?? null;
    if (found === null || typeof found === "boolean") return found;
    return this.#refuseType(key, { rule: "true or false", found });
  }

  /** A list of texts, or null. */
  texts(key: string): readonly string[] | null {
    return this.#list(key, {
      rule: "a list of texts",
      isItem: (item): item is string => typeof item === "string",
    });
  }

  /** A list of numbers, or null. */
  numbers(key: string): readonly number[] | null {
    return this.#list(key, {
      rule: "a list of numbers",
      isItem: (item): item is number =>
        typeof item === "number" && !Number.isNaN(item),
    });
  }

  /** Id of a special token, below the number of tokens, or null. */
  tokenId(key: string, numTokens: number): number | null {
    const found = this.#values.get(key);
    if (NO_TOKENS.includes(found)) return null;
    if (typeof found === "number" && Number.isInteger(found)) {
      if (found >= 0 && found < numTokens) return found;
    }
    return this.refuse(key, `a token's id, below ${numTokens}`);
  }

  /** Throws that a value must be another. */
  refuse(key: string, rule: string): never {
    const found = this.#values.get(key);
    return refuseValue({
      file: this.file,
      rule: `${key} must be ${rule}`,
      found,
    });
  }

  #list<T>(
    key: string,
    { rule, isItem }: {
      readonly rule: string;
      readonly isItem: (item: unknown) => item is T;
    },
  ): readonly T[] | null {
    const found = this.#values.get(key) ?? null;
    if (found === null) return null;
    if (!Array.isArray(found)) return this.#refuseType(key, { rule, found });
    const items: readonly unknown[] = found;
    if (items.every(isItem)) return items;
    const wrong = items.find((item) => !isItem(item));
    return this.#refuseType(key, { rule, found: wrong });
  }

  #refuseType(
    key: string,
    { rule, found }: { readonly rule: string; readonly found: unknown },
  ): never {
    return refuseType({
      file: this.file,
      rule: `${key} must be ${rule}`,
      found,
    });
  }
}
