/** Literals, sets of characters, names, the begin of a look-ahead, and marks, of a grammar as XGrammar prints it. */
const TOKEN =
  /"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]\*?|[A-Za-z_][\w.-]*|\(=|[()|]/g;
const EMPTY = '""';
const ROOT = "root";

/** A rule: its name, its alternatives, and the look-ahead behind them. */
interface Rule {
  readonly name: string;
  readonly alternatives: readonly (readonly string[])[];
  readonly lookAhead: string;
}

/**
 * Rewrites a grammar so that no rule which may be empty is referred to more than once: such a rule loses its empty
 * text, and each reference to it becomes optional.
 *
 * XGrammar 0.1.27 takes wrong texts where two alternatives wait for one rule and it is empty.
 *
 * @param source A grammar as XGrammar prints it: a rule a line, alternatives of sequences.
 * @returns A grammar of the same texts, or null where nothing has to be rewritten.
 */
export function withoutSharedEmptyRules(source: string): string | null {
  const rules = source.split("\n").filter((line) => line.includes(" ::= "))
    .map(readRule);
  const empty = findEmpty(rules);
  const filled = findShared(rules, empty);
  if (filled.size === 0) return null;
  // The whole text may be empty all the same.
  const nameOf = (name: string): string =>
    name === ROOT && filled.has(ROOT) ? `${ROOT}_filled` : name;
  const optional = (part: string): string =>
    filled.has(part) ? `${nameOf(part)}?` : part;
  const lines = rules.map(({ name, alternatives, lookAhead }) => {
    const sequences = alternatives.flatMap((parts) =>
      filled.has(name) && isEmpty(parts, empty)
        ? fillings(parts, { nameOf, optional })
        : [parts.map(optional)]
    );
    const texts = sequences.map((parts) => `(${parts.join(" ")})`);
    return `${nameOf(name)} ::= ${texts.join(" | ")}${lookAhead}`;
  });
  if (filled.has(ROOT)) lines.push(`${ROOT} ::= ${optional(ROOT)}`);
  return lines.join("\n");
}

function readRule(line: string): Rule {
  const at = line.indexOf(" ::= ");
  const [name, body] = [line.slice(0, at), line.slice(at + 5)];
  const alternatives: string[][] = [[]];
  let depth = 0;
  for (const { 0: text, index } of body.matchAll(TOKEN)) {
    if (text === "(=" && depth === 0) {
      return { name, alternatives, lookAhead: ` ${body.slice(index)}` };
    }
    if (text === "(" || text === "(=") depth++;
    else if (text === ")") depth--;
    else if (text === "|") alternatives.push([]);
    else alternatives.at(-1)?.push(text);
  }
  return { name, alternatives, lookAhead: "" };
}

/** Names of the rules that may be empty. */
function findEmpty(rules: readonly Rule[]): ReadonlySet<string> {
  const empty = new Set<string>();
  for (let size = -1; size !== empty.size;) {
    size = empty.size;
    for (const { name, alternatives } of rules) {
      if (alternatives.some((parts) => isEmpty(parts, empty))) empty.add(name);
    }
  }
  return empty;
}

function isEmpty(
  parts: readonly string[],
  empty: ReadonlySet<string>,
): boolean {
  return parts.every((part) =>
    part === EMPTY || part.endsWith("]*") || empty.has(part)
  );
}

/** Of the rules that may be empty, those referred to more than once, and those that such ones may be made of. */
function findShared(
  rules: readonly Rule[],
  empty: ReadonlySet<string>,
): ReadonlySet<string> {
  const references = rules.flatMap(({ alternatives }) => alternatives.flat());
  const counts = Map.groupBy(references, (name) => name);
  const shared = new Set(
    [...empty].filter((name) => (counts.get(name)?.length ?? 0) > 1),
  );
  // A set grows while it is walked through.
  for (const name of shared) {
    for (const rule of rules.filter((rule) => rule.name === name)) {
      for (const parts of rule.alternatives) {
        if (!isEmpty(parts, empty)) continue;
        for (const part of parts) if (empty.has(part)) shared.add(part);
      }
    }
  }
  return shared;
}

/** Sequences of parts that may all be empty, of which one is not: the first that is not, and what may follow it. */
function fillings(
  parts: readonly string[],
  { nameOf, optional }: Readonly<
    Record<"nameOf" | "optional", (part: string) => string>
  >,
): readonly (readonly string[])[] {
  const some = parts.filter((part) => part !== EMPTY);
  return some.map((part, index) => [
    ...part.endsWith("]*") ? [part.slice(0, -1), part] : [nameOf(part)],
    ...some.slice(index + 1).map(optional),
  ]);
}
