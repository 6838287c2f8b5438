// @ts-check
/// <reference lib="dom" />

/** What a browser keeps; one that refuses to keep anything forgets. @module */

/**
 * Reads a text.
 *
 * @param {"localStorage" | "sessionStorage"} area For good, or until the tab is closed.
 * @param {string} key Its name.
 * @returns {string | null} The text, or null if there is none.
 */
export function readStored(area, key) {
  try {
    return globalThis[area].getItem(key);
  } catch {
    return null;
  }
}

/**
 * Keeps a text.
 *
 * @param {"localStorage" | "sessionStorage"} area For good, or until the tab is closed.
 * @param {readonly [key: string, text: string | null]} entry Its name, and the text; null removes it.
 */
export function writeStored(area, [key, text]) {
  try {
    if (text === null) globalThis[area].removeItem(key);
    else globalThis[area].setItem(key, text);
  } catch {
    // The setting then holds until the page is left.
  }
}
