/**
 * Says whether objects and lists of a JSON text lie deeper in each other than they may, without parsing it: a parser,
 * and whatever walks its result, would recurse.
 *
 * @param json The text; it need not be JSON.
 * @param maxDepth Deepest that is allowed.
 * @returns Whether it is deeper.
 */
export function isDeeper(json: string, maxDepth: number): boolean {
  let depth = 0;
  let isInString = false;
  for (let index = 0; index < json.length; index++) {
    const unit = json.charCodeAt(index);
    if (isInString) {
      if (unit === BACKSLASH) index++;
      else if (unit === QUOTE) isInString = false;
    } else if (unit === QUOTE) {
      isInString = true;
    } else if (unit === BRACE_OPEN || unit === BRACKET_OPEN) {
      if (++depth > maxDepth) return true;
    } else if (unit === BRACE_CLOSE || unit === BRACKET_CLOSE) {
      depth--;
    }
  }
  return false;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
