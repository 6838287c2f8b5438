/** One name or a list of them. */
type Names<Name extends string> = Name | ReadonlyArray<Name>;

/** Makes an intersection readable, and one type. */
type Merge<T> = { [Key in keyof T]: T[Key] };

/** Options of {@linkcode parseArgs}. */
export interface ParseOptions<
  Booleans extends string | boolean = string | boolean,
  Strings extends string = string,
  Collectables extends string = string,
  Negatables extends string = string,
  Defaults extends Record<string, unknown> = Record<string, unknown>,
  Aliases extends Record<string, Names<string>> = Record<string, Names<string>>,
  DoubleDash extends boolean = boolean,
> {
  /** Puts what follows `--` into the result's `"--"`, not into `_`. */
  "--"?: DoubleDash;
  /** Other names of an option. */
  alias?: Aliases;
  /** Options that are flags; `true` makes every `--name` without `=` one. */
  boolean?: Booleans | ReadonlyArray<Extract<Booleans, string>>;
  /** Values of options that are not given. */
  default?: Defaults;
  /** Leaves everything after the first argument that is no option in `_`. */
  stopEarly?: boolean;
  /** Options whose value stays a string. */
  string?: Names<Strings>;
  /** Options that may be repeated: their values are collected. */
  collect?: Names<Collectables>;
  /** Options that `--no-` turns off. */
  negatable?: Names<Negatables>;
  /** Called with what no option describes; `false` leaves it out of the result. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

type StringValue<Name, Collectables, Negatables> =
  | (Name extends Collectables ? string[] : string)
  | (Name extends Negatables ? false : never);

type Values<
  Booleans extends string | boolean,
  Strings extends string,
  Collectables extends string,
  Negatables extends string,
> =
  & {
    [Name in Extract<Booleans, string>]: Name extends Collectables ? boolean[]
      : boolean;
  }
  & {
    [Name in Extract<Strings, Collectables>]: StringValue<
      Name,
      Collectables,
      Negatables
    >;
  }
  & {
    [Name in Exclude<Strings, Collectables | "_">]?: StringValue<
      Name,
      Collectables,
      Negatables
    >;
  }
  & {
    [Name in Exclude<Collectables, Strings | Extract<Booleans, string>>]:
      unknown[];
  };

/** Options with a default are never absent, and may have the default's type. */
type WithDefaults<Given, Defaults> =
  & Omit<Given, keyof Defaults>
  & {
    [Name in keyof Defaults]:
      | Defaults[Name]
      | (Name extends keyof Given ? NonNullable<Given[Name]> : unknown);
  };

type AliasesOf<Name, Aliases> = Name extends keyof Aliases
  ? Aliases[Name] extends infer Alias ? Alias extends string ? Name | Alias
    : Alias extends ReadonlyArray<infer Each extends string> ? Name | Each
    : Name
  : Name
  : Name;

type WithAliases<Given, Aliases> = {
  [Name in keyof Given as AliasesOf<Name, Aliases> & PropertyKey]: Given[Name];
};

/** What {@linkcode parseArgs} returns: a property per option, the rest in `_`. */
export type Args<
  Booleans extends string | boolean,
  Strings extends string,
  Collectables extends string,
  Negatables extends string,
  Defaults,
  Aliases,
  DoubleDash extends boolean,
> = Merge<
  & Record<string, unknown>
  & WithAliases<
    WithDefaults<
      Values<Booleans, Strings, Collectables, Negatables>,
      Defaults
    >,
    Aliases
  >
  & { _: Array<string | number> }
  & (DoubleDash extends true ? { "--": string[] } : Record<never, never>)
>;
