// @ts-check
/// <reference lib="dom" />

import { readStored, writeStored } from "./storage.js";

/** @typedef {"model" | "system" | "temperature" | "topP" | "maxTokens" | "seed"} SettingName Names of what is kept. */

const STORED = "jakiro.settings";
const STORED_KEY = "jakiro.key";
/** @type {Readonly<Record<SettingName, string>>} */
const DEFAULTS = {
  model: "",
  system: "",
  temperature: "",
  topP: "",
  maxTokens: "",
  seed: "",
};

/** What a reader has chosen, as text; an empty text leaves the choice to the server. */
export class Settings {
  /** @type {Record<SettingName, string>} */
  #values = { ...DEFAULTS, ...readValues() };
  #key = readStored("sessionStorage", STORED_KEY) ?? "";

  /** API key, which is forgotten when the tab is closed. */
  get key() {
    return this.#key;
  }

  set key(key) {
    this.#key = key;
    writeStored("sessionStorage", [STORED_KEY, key === "" ? null : key]);
  }

  /**
   * Says what was chosen.
   *
   * @param {SettingName} name Which setting.
   * @returns {string} Its value; empty if none was chosen.
   */
  get(name) {
    return this.#values[name];
  }

  /**
   * Chooses.
   *
   * @param {SettingName} name Which setting.
   * @param {string} value Its value.
   */
  set(name, value) {
    this.#values[name] = value;
    writeStored("localStorage", [STORED, JSON.stringify(this.#values)]);
  }

  /** Leaves all choices but model and key to the server. */
  reset() {
    this.#values = { ...DEFAULTS, model: this.#values.model };
    writeStored("localStorage", [STORED, JSON.stringify(this.#values)]);
  }

  /**
   * Writes model and sampling as fields of a request.
   *
   * A seed is drawn where none was chosen: the tree of a token is then drafted with the noise that the token was
   * chosen with.
   *
   * @returns {Readonly<Record<string, string | number>> & { readonly seed: number }} The fields.
   */
  requestFields() {
    const { model, temperature, topP, seed } = this.#values;
    return {
      model,
      ...temperature !== "" && { temperature: Number(temperature) },
      ...topP !== "" && { top_p: Number(topP) },
      seed: seed === "" ? drawSeed() : Number(seed),
    };
  }
}

/** @returns {number} */
function drawSeed() {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}

/**
 * Reads what was kept; what is no text is left out.
 *
 * @returns {Partial<Record<SettingName, string>>}
 */
function readValues() {
  try {
    const stored = JSON.parse(readStored("localStorage", STORED) ?? "{}");
    return Object.fromEntries(
      Object.entries(stored).filter(([name, value]) =>
        name in DEFAULTS && typeof value === "string"
      ),
    );
  } catch {
    return {};
  }
}
