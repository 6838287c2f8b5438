/** How the value of an option is written, checked and read. */
export interface OptionKind<T> {
  /** Stands for the value in help texts; null where the option takes none. */
  readonly valueName: string | null;
  /** What the value must be, as messages say it. */
  readonly rule: string;
  /** Each time it is given adds to what was given before. */
  readonly isRepeatable?: boolean;
  /** Reads what was given, each time anew: the last counts, or all do; undefined where one breaks the rule. */
  readonly read: (given: readonly string[]) => T | undefined;
}

/** Numbers that an option takes. */
export interface NumberBounds {
  /** Least. */
  readonly min: number;
  /** Greatest. */
  readonly max: number;
  /** Only whole numbers. */
  readonly isInteger?: boolean;
  /** `min` itself is excluded. */
  readonly isAboveMin?: boolean;
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const MAX_STRINGS = 64;

/** An option without a value. */
export function flag(): OptionKind<boolean> {
  return {
    valueName: null,
    rule: "given without a value",
    read: lastOf((value) => value === "" ? true : undefined),
  };
}

/** A text that is not empty. */
export function text(valueName: string): OptionKind<string> {
  return {
    valueName,
    rule: "a text that is not empty",
    read: lastOf((value) => value === "" ? undefined : value),
  };
}

/** Texts that are not empty, one each time the option is given. */
export function texts(valueName: string): OptionKind<readonly string[]> {
  return {
    valueName,
    rule: `a text that is not empty, at most ${MAX_STRINGS} times`,
    isRepeatable: true,
    read: (given) =>
      given.includes("") || given.length > MAX_STRINGS ? undefined : given,
  };
}

/** A number within bounds. */
export function number(
  valueName: string,
  bounds: NumberBounds,
): OptionKind<number> {
  const { min, max, isInteger = false, isAboveMin = false } = bounds;
  return {
    valueName,
    rule: `${isInteger ? "an integer" : "a number"} in ${
      isAboveMin ? "(" : "["
    }${min}, ${max}]`,
    read: lastOf((value) => readNumber(value, bounds)),
  };
}

/** A number within bounds, or one of some words in its place. */
export function numberOr<const T extends string>(
  valueName: string,
  words: readonly T[],
  bounds: NumberBounds,
): OptionKind<number | T> {
  return {
    valueName,
    rule: `${number(valueName, bounds).rule}, or ${words.join(" or ")}`,
    read: lastOf((value) =>
      words.find((word) => word === value) ?? readNumber(value, bounds)
    ),
  };
}

/** Values of one kind, one each time the option is given. */
export function each<T>(kind: OptionKind<T>): OptionKind<readonly T[]> {
  return {
    ...kind,
    isRepeatable: true,
    read: (given) => readAll(given, (value) => kind.read([value])),
  };
}

/** One of some words. */
export function choice<const T extends string>(
  valueName: string,
  choices: readonly T[],
): OptionKind<T> {
  return {
    valueName,
    rule: `one of ${choices.join(", ")}`,
    read: lastOf((value) => choices.find((word) => word === value)),
  };
}

/** Token ids, separated by commas. */
export function ids(valueName: string): OptionKind<readonly number[]> {
  return {
    valueName,
    rule: "token ids separated by commas, such as 1,403,407",
    read: lastOf((value) =>
      readAll(value.split(","), (id) => readId(id.trim()))
    ),
  };
}

/** Additions to logits by token id, one each time the option is given. */
export function biases(
  valueName: string,
  bounds: NumberBounds,
): OptionKind<ReadonlyMap<number, number>> {
  return {
    valueName,
    rule: `a token id, "=" and a number in [${bounds.min}, ${bounds.max}]`,
    isRepeatable: true,
    read: (given) => {
      const read = readAll(given, (value) => readBias(value, bounds));
      return read && new Map(read);
    },
  };
}

function lastOf<T>(
  read: (value: string) => T | undefined,
): OptionKind<T>["read"] {
  return (given) => read(given.at(-1) ?? "");
}

function readAll<T>(
  values: readonly string[],
  read: (value: string) => T | undefined,
): T[] | undefined {
  const found = values.map(read).filter((value) => value !== undefined);
  return found.length === values.length ? found : undefined;
}

function readBias(
  value: string,
  bounds: NumberBounds,
): [id: number, bias: number] | undefined {
  const [idText = "", biasText = "", ...others] = value.split("=");
  const id = readId(idText.trim());
  const bias = readNumber(biasText.trim(), bounds);
  const isRead = id !== undefined && bias !== undefined && others.length === 0;
  return isRead ? [id, bias] : undefined;
}

function readId(value: string): number | undefined {
  return readNumber(value, { min: 0, max: 2 ** 32 - 1, isInteger: true });
}

function readNumber(value: string, bounds: NumberBounds): number | undefined {
  const { min, max, isInteger = false, isAboveMin = false } = bounds;
  if (!NUMBER.test(value)) return undefined;
  const read = Number(value);
  const isInside = read >= min && read <= max && !(isAboveMin && read === min);
  return isInside && (!isInteger || Number.isInteger(read)) ? read : undefined;
}
