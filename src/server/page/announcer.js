// @ts-check
/// <reference lib="dom" />

import { makeElement } from "./element.js";

/** Says an answer to screen readers sentence by sentence, as they would otherwise read bits of words. */
export class Announcer {
  /** @type {HTMLElement} */
  #region;
  #held = "";

  /** @param {HTMLElement} region A live region. */
  constructor(region) {
    this.#region = region;
  }

  /**
   * Begins anew.
   *
   * @param {string} text What is said first.
   */
  begin(text) {
    this.#held = "";
    this.#region.replaceChildren();
    this.#say(text);
  }

  /** @param {string} text The next piece of the answer. */
  push(text) {
    this.#held += text;
    const sentences = this.#held.split(/(?<=[.!?]\s|\n)/);
    this.#held = sentences.pop() ?? "";
    for (const sentence of sentences) this.#say(sentence);
  }

  /**
   * Says the rest.
   *
   * @param {string} text What is said last.
   */
  end(text) {
    this.#say(this.#held);
    this.#say(text);
    this.#held = "";
  }

  /** @param {string} text */
  #say(text) {
    if (text.trim() === "") return;
    this.#region.append(makeElement("p", { children: [text.trim()] }));
  }
}
