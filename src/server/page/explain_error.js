// @ts-check

import { ApiError } from "./api_error.js";

/**
 * @typedef {object} Explanation What went wrong, in words for a reader.
 * @property {string} text What happened, and what to do.
 * @property {"retry" | "key" | "settings" | "new"} remedy What a button offers: to try again, to enter a key, to
 *   open the settings, or to begin a new conversation.
 * @property {number} waitSeconds Seconds before trying again makes sense.
 */

/**
 * Says what an error means for whoever uses the page.
 *
 * @param {unknown} error What was thrown while the server was asked.
 * @returns {Explanation} What happened, and what to do.
 */
export function explainError(error) {
  if (!(error instanceof ApiError)) {
    return explain(
      "The server cannot be reached. See whether it runs and whether you are connected, then try again.",
    );
  }
  const { status, code, message } = error;
  const waitSeconds = error.retryAfterSeconds ?? 0;
  switch (status) {
    case 200:
      return explain(
        message === ""
          ? "The answer broke off, as the connection was lost. Try again."
          : `The answer broke off: ${endSentence(message)} Try again.`,
      );
    case 401:
      return explain(
        "This server wants an API key, or does not know the one you gave. Ask whoever runs it for one.",
        { remedy: "key" },
      );
    case 404:
      return explain(
        `${
          endSentence(message || "The server does not have this")
        } Choose another model.`,
        { remedy: "settings" },
      );
    case 413:
      return explain(
        "The conversation is longer than the server takes. Shorten it, or begin a new one.",
        { remedy: "new" },
      );
    case 429:
      return explain(
        `The server has as much to do as it can. Try again in ${
          formatSeconds(Math.max(1, waitSeconds))
        }.`,
        { waitSeconds },
      );
    case 503:
      return explain(
        "The model is not running: it is being loaded, or starts again after a fault. Try again in " +
          `${waitSeconds > 0 ? formatSeconds(waitSeconds) : "a moment"}.`,
        { waitSeconds },
      );
  }
  if (code === "context_length_exceeded") {
    return explain(
      `${endSentence(message)} Begin a new conversation, or edit this one.`,
      { remedy: "new" },
    );
  }
  if (status < 500) {
    return explain(
      `The server refuses this: ${endSentence(message || `status ${status}`)}`,
      { remedy: "settings" },
    );
  }
  return explain(
    `The server failed: ${
      endSentence(message || `status ${status}`)
    } Try again.`,
    { waitSeconds },
  );
}

/**
 * @param {string} text
 * @param {Partial<Explanation>} [args]
 * @returns {Explanation}
 */
function explain(text, { remedy = "retry", waitSeconds = 0 } = {}) {
  return { text, remedy, waitSeconds };
}

/** @param {number} seconds */
function formatSeconds(seconds) {
  return seconds === 1 ? "1 second" : `${seconds} seconds`;
}

/** @param {string} text */
function endSentence(text) {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
