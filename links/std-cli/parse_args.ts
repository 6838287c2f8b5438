/**
 * Stands in for `jsr:@std/cli/parse-args` where JSR cannot be reached: the same signature and behaviour, but for option
 * names with dots, which the real one nests.
 *
 * @module
 */

import type { Args, ParseOptions } from "./_parse_args_types.ts";

export type { Args, ParseOptions };

type Value = string | number | boolean;

const LONG = /^--(?<negated>no-)?(?<key>.+?)(?:=(?<value>.+))?$/s;
const SHORT = /^-[^-]/;

function isNumber(text: string): boolean {
  return /\S/.test(text) && Number.isFinite(Number(text));
}

function isBooleanWord(text: string | undefined): text is string {
  return text === "true" || text === "false";
}

/** The state of one call: what the options say, and the result so far. */
class Parser {
  readonly result: Record<string, unknown> & { _: Array<string | number> } = {
    _: [],
  };
  readonly #options: ParseOptions;
  readonly #aliases = new Map<string, Set<string>>();
  readonly #booleans: Set<string>;
  readonly #strings: Set<string>;
  readonly #collectables: Set<string>;
  readonly #negatables: Set<string>;

  constructor(options: ParseOptions) {
    this.#options = options;
    for (const [key, names] of Object.entries(options.alias ?? {})) {
      const group = [key, ...[names].flat()];
      for (const name of group) {
        this.#aliases.set(
          name,
          new Set(group.filter((other) => other !== name)),
        );
      }
    }
    const booleans = options.boolean;
    this.#booleans = this.#named(typeof booleans === "boolean" ? [] : booleans);
    this.#strings = this.#named(options.string);
    this.#collectables = this.#named(options.collect);
    this.#negatables = this.#named(options.negatable);
  }

  #named(names: string | readonly string[] = []): Set<string> {
    const given = [names].flat().filter((name) => name !== "");
    return new Set(
      given.flatMap((name) => [name, ...this.#aliases.get(name) ?? []]),
    );
  }

  #set(key: string, value: Value, arg: string, isCollected = true): void {
    const isFlagOfAll = this.#options.boolean === true && /^--[^=]+$/.test(arg);
    const isKnown = this.#booleans.has(key) || this.#strings.has(key) ||
      this.#aliases.has(key) || isFlagOfAll;
    if (!isKnown && this.#options.unknown?.(arg, key, value) === false) return;
    const typed =
      typeof value === "string" && !this.#strings.has(key) && isNumber(value)
        ? Number(value)
        : value;
    for (const name of [key, ...this.#aliases.get(key) ?? []]) {
      const before = this.result[name];
      if (!isCollected || !this.#collectables.has(key)) {
        this.result[name] = typed;
      } else if (Array.isArray(before)) before.push(typed);
      else this.result[name] = before ? [before, typed] : [typed];
    }
  }

  /** Sets an option that carries no value itself; tells whether it took the next argument as one. */
  #setFromNext(
    key: string,
    next: string | undefined,
    arg: string,
    isFree: boolean,
  ): boolean {
    if (next && !this.#booleans.has(key) && isFree) {
      this.#set(key, next, arg);
      return true;
    }
    if (isBooleanWord(next)) {
      this.#set(key, next === "true", arg);
      return true;
    }
    this.#set(key, this.#strings.has(key) ? "" : true, arg);
    return false;
  }

  /** `--key`, `--key value`, `--key=value`, `--no-key`; tells whether it took the next argument. */
  long(arg: string, next: string | undefined): boolean {
    const { negated = "", key = "", value } = LONG.exec(arg)?.groups ?? {};
    if (value !== undefined) {
      this.#set(key, this.#booleans.has(key) ? value !== "false" : value, arg);
      return false;
    }
    if (negated && this.#negatables.has(key)) {
      this.#set(key, false, arg, false);
      return false;
    }
    const isFree = this.#options.boolean !== true && next !== undefined &&
      !next.startsWith("-");
    return this.#setFromNext(negated + key, next, arg, isFree);
  }

  /** `-k`, `-k value`, `-kvalue`, `-k=value`, `-abk`; tells whether it took the next argument. */
  short(arg: string, next: string | undefined): boolean {
    const letters = arg.slice(1, -1);
    for (let i = 0; i < letters.length; i++) {
      const letter = letters.charAt(i);
      const rest = arg.slice(i + 2);
      if (rest === "-") {
        this.#set(letter, rest, arg);
        continue;
      }
      const isLetter = /[A-Za-z]/.test(letter);
      const assigned = isLetter ? /=(.+)/.exec(rest)?.[1] : undefined;
      const isValue = isLetter && /-?\d+(\.\d*)?(e-?\d+)?$/.test(rest);
      if (
        assigned !== undefined || isValue || /\W/.test(letters.charAt(i + 1))
      ) {
        this.#set(letter, assigned ?? rest, arg);
        return false;
      }
      this.#set(letter, this.#strings.has(letter) ? "" : true, arg);
    }
    const key = arg.slice(-1);
    if (key === "-") return false;
    const isFree = next !== undefined && !/^(-|--)[^-]/.test(next);
    return this.#setFromNext(key, next, arg, isFree);
  }

  /** An argument that is no option. */
  positional(arg: string): void {
    if (this.#options.unknown?.(arg) === false) return;
    this.result._.push(
      this.#strings.has("_") || !isNumber(arg) ? arg : Number(arg),
    );
  }

  /** Gives options that did not occur their default values. */
  fill(): void {
    for (const [key, value] of Object.entries(this.#options.default ?? {})) {
      if (Object.hasOwn(this.result, key)) continue;
      for (const name of [key, ...this.#aliases.get(key) ?? []]) {
        this.result[name] = value;
      }
    }
    for (const key of [...this.#booleans, ...this.#strings]) {
      if (Object.hasOwn(this.result, key)) continue;
      if (this.#collectables.has(key)) this.result[key] = [];
      else if (this.#booleans.has(key)) this.result[key] = false;
    }
  }
}

/** Parses command line arguments into an object with a property per option. */
export function parseArgs<
  Booleans extends string | boolean = never,
  Strings extends string = never,
  Collectables extends string = never,
  Negatables extends string = never,
  Defaults extends Record<string, unknown> = Record<never, never>,
  const Aliases extends Record<string, string | ReadonlyArray<string>> = Record<
    never,
    never
  >,
  DoubleDash extends boolean = false,
>(
  args: string[],
  options: ParseOptions<
    Booleans,
    Strings,
    Collectables,
    Negatables,
    Defaults,
    Aliases,
    DoubleDash
  > = {},
): Args<
  Booleans,
  Strings,
  Collectables,
  Negatables,
  Defaults,
  Aliases,
  DoubleDash
> {
  const parser = new Parser(options);
  const end = args.indexOf("--");
  const parsed = end === -1 ? args : args.slice(0, end);
  const verbatim = end === -1 ? [] : args.slice(end + 1);
  for (let i = 0; i < parsed.length; i++) {
    const arg = parsed[i] ?? "";
    if (LONG.test(arg)) {
      if (parser.long(arg, parsed[i + 1])) i++;
    } else if (SHORT.test(arg)) {
      if (parser.short(arg, parsed[i + 1])) i++;
    } else {
      parser.positional(arg);
      if (!options.stopEarly) continue;
      parser.result._.push(...parsed.slice(i + 1));
      break;
    }
  }
  parser.fill();
  if (options["--"]) parser.result["--"] = verbatim;
  else parser.result._.push(...verbatim);
  return parser.result as Args<
    Booleans,
    Strings,
    Collectables,
    Negatables,
    Defaults,
    Aliases,
    DoubleDash
  >;
}
