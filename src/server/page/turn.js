// @ts-check

/** @import { Settings } from "./settings.js" */
/** @import { Token } from "./api.js" */

/**
 * @typedef {object} Turn A question and its answer.
 * @property {string} question What was asked.
 * @property {Token[]} pieces The answer, token by token.
 * @property {string} system Instructions before the conversation.
 * @property {ReturnType<Settings["requestFields"]>} fields Model and sampling of the answer.
 */
/** @typedef {{ readonly role: "system" | "user" | "assistant", readonly content: string }} Message */

/**
 * Writes a conversation as messages. Questions without an answer are left out, but for the last.
 *
 * @param {readonly Turn[]} turns The conversation, up to the question; the last turn's instructions hold.
 * @param {number} [numPieces] Tokens of the last answer that belong to it: the last message is then the beginning of
 *   that answer.
 * @returns {readonly Message[]} The messages.
 */
export function writeMessages(turns, numPieces = 0) {
  const last = turns.at(-1);
  const answered = turns.slice(0, -1).filter((turn) => answerOf(turn) !== "");
  const beginning = answerOf({
    pieces: last?.pieces.slice(0, numPieces) ?? [],
  });
  /** @type {Message[]} */
  const messages = [
    { role: "system", content: last?.system ?? "" },
    ...answered.flatMap((turn) => [
      /** @type {const} */ ({ role: "user", content: turn.question }),
      /** @type {const} */ ({ role: "assistant", content: answerOf(turn) }),
    ]),
    { role: "user", content: last?.question ?? "" },
    { role: "assistant", content: beginning },
  ];
  return messages.filter(({ content }) => content !== "");
}

/**
 * Puts an answer's text together.
 *
 * @param {{ readonly pieces: readonly Token[] }} turn Whose answer.
 * @returns {string} The text.
 */
export function answerOf({ pieces }) {
  return pieces.map(({ text }) => text).join("");
}
