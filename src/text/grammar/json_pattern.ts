/** Parts of a regular expression: escapes, sets, and single characters. */
const PART =
  /\\u\{[0-9a-f]+\}|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|\\.|\[(?:\\.|[^\]\\])*\]|./gisu;
/** Members of a set. */
const MEMBER = /\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|\\.|[^\\]/gisu;
/** What XGrammar knows none of, or takes for something else: look-around, named groups, references, borders, classes. */
const UNKNOWN = /^\\(?:[0-9bBkpPcv]|u\{)/;
/** Characters that stand in strings of JSON behind a backslash alone. */
const ESCAPED: ReadonlyMap<string, string> = new Map([
  ['"', '\\\\"'],
  ['\\"', '\\\\"'],
  ["\\\\", "\\\\\\\\"],
  ...[..."fnrt"].map((letter) => [`\\${letter}`, `\\\\${letter}`] as const),
]);

/**
 * Rewrites a regular expression so that the texts which match it can stand in strings of JSON as they are. They match from
 * beginning to end, and sets hold no quotes, backslashes and control characters.
 *
 * @param pattern The expression.
 * @returns The other, or null where there is none that the grammar's library would understand.
 */
export function jsonPattern(pattern: string): string | null {
  if (/\(\?(?!:)/.test(pattern.replaceAll(/\\./gs, ""))) return null;
  const parts = pattern.match(PART) ?? [];
  const rewritten = parts.map((part, index) => {
    if (part === "^") return index === 0 ? "" : null;
    if (part === "$") return index === parts.length - 1 ? "" : null;
    // Of all spaces, the one that people mean.
    if (part === "\\s") return " ";
    if (part.startsWith("[^")) return part;
    if (part.startsWith("[")) {
      const set = part.replaceAll("\\s", " ");
      return isPlain(set) ? set : null;
    }
    const escaped = ESCAPED.get(part);
    if (escaped !== undefined) return escaped;
    return UNKNOWN.test(part) || isForbidden(codeOf(part)) ? null : part;
  });
  const text = rewritten.join("");
  return text === "" || rewritten.includes(null) ? null : `(${text})`;
}

/** Whether a set holds nothing that JSON would write otherwise. */
function isPlain(set: string): boolean {
  const members = set.slice(1, -1).match(MEMBER) ?? [];
  return members.every((member, index) => {
    if (/^\\[dw]$/.test(member)) return true;
    if (/^\\[a-tv-z]$/i.test(member)) return false;
    const isRange = members[index + 1] === "-" && index + 2 < members.length;
    const from = codeOf(member);
    const to = isRange ? codeOf(members[index + 2] ?? "") : from;
    return !FORBIDDEN.some((code) => from <= code && code <= to) && from > 0x1f;
  });
}

const FORBIDDEN = [0x22, 0x5c];

function isForbidden(code: number): boolean {
  return code <= 0x1f || FORBIDDEN.includes(code);
}

/** The character that a part stands for; of a class, its letter's. */
function codeOf(part: string): number {
  const hex = /^\\[ux]([0-9a-f]+)$/i.exec(part)?.[1];
  if (hex !== undefined) return parseInt(hex, 16);
  return part.codePointAt(part.length > 1 && part[0] === "\\" ? 1 : 0) ?? 0;
}
