import { inspect } from "node:util";

const MAX_LINES = 60;
const CONTEXT_LINES = 3;

/** Ends a failure message with the caller's own, as every assertion does. */
export function msgSuffix(msg: string | undefined): string {
  return msg ? `: ${msg}` : ".";
}

/** A value as failure messages show it. */
export function format(value: unknown): string {
  return inspect(value, {
    compact: false,
    depth: 10,
    maxArrayLength: null,
    sorted: true,
  });
}

function marked(mark: string, lines: readonly string[]): string[] {
  const shown = lines.slice(0, MAX_LINES).map((line) => `${mark}   ${line}`);
  const numHidden = lines.length - shown.length;
  return numHidden > 0
    ? [...shown, `${mark}   ... ${numHidden} more lines`]
    : shown;
}

/** The lines in which two values differ: linear in their size, as tensors are compared too. */
export function difference(actual: unknown, expected: unknown): string {
  const isText = typeof actual === "string" && typeof expected === "string";
  const a = (isText ? actual : format(actual)).split("\n");
  const b = (isText ? expected : format(expected)).split("\n");
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start++;
  let numSame = 0;
  while (
    numSame < shorter - start && a.at(-1 - numSame) === b.at(-1 - numSame)
  ) numSame++;
  const from = Math.max(0, start - CONTEXT_LINES);
  const end = a.length - numSame;
  return [
    "    [Diff] Actual / Expected",
    "",
    ...(from > 0 ? [`    ... ${from} equal lines`] : []),
    ...marked(" ", a.slice(from, start)),
    ...marked("-", a.slice(start, end)),
    ...marked("+", b.slice(start, b.length - numSame)),
    ...marked(" ", a.slice(end, end + CONTEXT_LINES)),
  ].join("\n");
}
