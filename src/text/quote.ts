const MAX_CHARACTERS = 200;

// What moves the cursor, changes the writing direction or ends a line, and JSON leaves as it is.
const UNPRINTABLE =
  /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Puts text into an error message: quoted, on one line, shortened in the middle. */
export function quote(text: string): string {
  let shown = text;
  if (text.length > MAX_CHARACTERS) {
    const head = text.slice(0, MAX_CHARACTERS / 2);
    shown = `${head}…${text.slice(-MAX_CHARACTERS / 2)}`;
  }
  return JSON.stringify(shown).replaceAll(
    UNPRINTABLE,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
