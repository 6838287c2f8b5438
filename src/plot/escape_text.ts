const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&#39;"],
]);
/** What XML does not allow, however it is written. */
// deno-lint-ignore no-control-regex
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/**
 * Makes a text stand for itself in HTML and SVG, in elements and in attributes.
 *
 * @param text The text.
 * @returns The text, escaped; characters that neither can hold are replaced.
 */
export function escapeText(text: string): string {
  return text.toWellFormed().replaceAll(FORBIDDEN, "\ufffd")
    .replaceAll(/[&<>"']/g, (character) => ENTITIES.get(character) ?? "");
}
