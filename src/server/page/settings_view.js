// @ts-check
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** @import { Settings } from "./settings.js" */

import { findElement, makeElement } from "./element.js";

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field */

const NAMES = /** @type {const} */ ([
  "model",
  "system",
  "temperature",
  "topP",
  "maxTokens",
  "seed",
]);

/** The window in which settings are chosen; each holds as soon as it is entered. */
export class SettingsView {
  #dialog = findElement("settings", HTMLDialogElement);
  #settings;
  #onChange;

  /**
   * @param {Settings} settings What is chosen.
   * @param {{ readonly onChange: () => void }} args Called when a choice is made.
   */
  constructor(settings, { onChange }) {
    this.#settings = settings;
    this.#onChange = onChange;
    this.#dialog.addEventListener("input", ({ target }) => this.#take(target));
    findElement("reset-settings", HTMLButtonElement)
      .addEventListener("click", () => this.#reset());
  }

  /** Whether the window is open. */
  get isOpen() {
    return this.#dialog.open;
  }

  /**
   * Lists the models to choose from, and chooses the first where none of them is.
   *
   * @param {readonly string[]} models Their names.
   */
  showModels(models) {
    this.#field("model").replaceChildren(
      ...models.map((name) =>
        makeElement("option", { value: name, children: [name] })
      ),
    );
    const [first = ""] = models;
    if (!models.includes(this.#settings.get("model"))) {
      this.#settings.set("model", first);
    }
    this.#fill();
    this.#onChange();
  }

  /**
   * Opens the window.
   *
   * @param {"model" | "key"} [focus] The field to begin with.
   * @returns {Promise<boolean>} Whether something else is chosen when it is closed.
   */
  async open(focus = "model") {
    this.#fill();
    const before = this.#snapshot();
    this.#dialog.showModal();
    this.#field(focus).focus();
    await new Promise((resolve) =>
      this.#dialog.addEventListener("close", resolve, { once: true })
    );
    return this.#snapshot() !== before;
  }

  #fill() {
    for (const name of NAMES) {
      this.#field(name).value = this.#settings.get(name);
    }
    this.#field("key").value = this.#settings.key;
  }

  /** @param {EventTarget | null} target */
  #take(target) {
    const names = /** @type {const} */ ([...NAMES, "key"]);
    const name = names.find((each) => this.#field(each) === target);
    if (name === undefined || !this.#field(name).validity.valid) return;
    const value = this.#field(name).value.trim();
    if (name === "key") this.#settings.key = value;
    else this.#settings.set(name, value);
    this.#onChange();
  }

  #reset() {
    this.#settings.reset();
    this.#fill();
    this.#onChange();
  }

  #snapshot() {
    return JSON.stringify([
      this.#settings.key,
      ...NAMES.map((name) => this.#settings.get(name)),
    ]);
  }

  /**
   * @param {string} name
   * @returns {Field}
   */
  #field(name) {
    const field = this.#dialog.querySelector(`[name="${name}"]`);
    if (
      field instanceof HTMLInputElement ||
      field instanceof HTMLSelectElement ||
      field instanceof HTMLTextAreaElement
    ) return field;
    throw new ReferenceError(
      `Cannot start the page as its settings must have a field "${name}": found ${field}`,
    );
  }
}
