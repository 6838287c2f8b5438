// @ts-check
/// <reference lib="dom" />

/** @import { Turn } from "./turn.js" */

import { findElement } from "./element.js";

/** Where questions are written. */
export class Composer {
  #form = findElement("composer", HTMLFormElement);
  #prompt = findElement("prompt", HTMLTextAreaElement);
  #editing = findElement("editing", HTMLElement);
  #send = findElement("send", HTMLButtonElement);
  #stop = findElement("stop", HTMLButtonElement);
  /** @type {Turn | null} The turn that is being asked otherwise. */
  #replaced = null;

  /**
   * @param {{ readonly onSend: (question: string, replaced: Turn | null) => void, readonly onStop: () => void }} args
   *   Called with a question, and the turn that it takes the place of; called to end an answer.
   */
  constructor({ onSend, onStop }) {
    this.#stop.addEventListener("click", onStop);
    this.#prompt.addEventListener("keydown", (event) => {
      // Enter also ends the choice of a character in some scripts.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#form.requestSubmit();
    });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const question = this.#prompt.value.trim();
      if (question === "" || this.#send.hidden) return;
      const replaced = this.#replaced;
      this.cancelEdit();
      onSend(question, replaced);
    });
    findElement("cancel-edit", HTMLButtonElement)
      .addEventListener("click", () => this.cancelEdit());
  }

  /** Whether an earlier question is being asked otherwise. */
  get isEditing() {
    return this.#replaced !== null;
  }

  /** Takes the focus. */
  focus() {
    this.#prompt.focus();
  }

  /** @param {boolean} isAnswering Whether there is an answer to stop, instead of a question to send. */
  showAnswering(isAnswering) {
    const hasFocus = [this.#send, this.#stop].some((button) =>
      button === document.activeElement
    );
    this.#send.hidden = isAnswering;
    this.#stop.hidden = !isAnswering;
    if (hasFocus) this.focus();
  }

  /** @param {Turn} turn The turn whose question is to be asked otherwise. */
  edit(turn) {
    this.#replaced = turn;
    this.#editing.hidden = false;
    this.#prompt.value = turn.question;
    this.#prompt.select();
    this.focus();
  }

  /** Forgets what is written. */
  cancelEdit() {
    this.#replaced = null;
    this.#editing.hidden = true;
    this.#prompt.value = "";
    this.focus();
  }
}
