// @ts-check
/// <reference lib="dom" />

/** Light or dark: as the system has it, unless the reader has said otherwise. @module */

import { readStored, writeStored } from "./storage.js";

const KEY = "jakiro.theme";
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

applyTheme(readStored("localStorage", KEY));

/** Turns light to dark and dark to light; what the system has anyway is not kept. */
export function toggleTheme() {
  const system = systemIsDark.matches ? "dark" : "light";
  const shown = document.documentElement.dataset.theme ?? system;
  const other = shown === "dark" ? "light" : "dark";
  const chosen = other === system ? null : other;
  writeStored("localStorage", [KEY, chosen]);
  applyTheme(chosen);
}

/** @param {string | null} theme The reader's choice; null follows the system. */
function applyTheme(theme) {
  if (theme === "light" || theme === "dark") {
    document.documentElement.dataset.theme = theme;
  } else delete document.documentElement.dataset.theme;
}
