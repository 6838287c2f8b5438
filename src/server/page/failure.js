// @ts-check
/// <reference lib="dom" />

/** @import { Explanation } from "./explain_error.js" */

import { makeButton, makeElement } from "./element.js";

const LABELS = {
  retry: "Try again",
  key: "Enter API key",
  settings: "Open settings",
  new: "New conversation",
};

/**
 * Makes a notice of what went wrong, with a button that offers what to do. Where it is too early to try again, the
 * button counts the seconds.
 *
 * @param {Explanation} explanation What went wrong.
 * @param {{ readonly onRemedy: () => void }} args Called when the button is used.
 * @returns {HTMLElement} The notice.
 */
export function makeFailure({ text, remedy, waitSeconds }, { onRemedy }) {
  const button = makeButton(LABELS[remedy], { onClick: onRemedy });
  const readyAt = Date.now() + waitSeconds * 1000;
  function count() {
    const seconds = Math.ceil((readyAt - Date.now()) / 1000);
    button.disabled = seconds > 0;
    button.textContent = seconds > 0
      ? `${LABELS[remedy]} (${seconds})`
      : LABELS[remedy];
    if (seconds > 0) setTimeout(count, 250);
  }
  count();
  return makeElement("div", {
    class: "failure",
    role: "alert",
    children: [makeElement("p", { children: [text] }), button],
  });
}
