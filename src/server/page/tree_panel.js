// @ts-check
/// <reference lib="dom" />

/** @import { DraftTree } from "./api.js" */
/** @import { Turn } from "./turn.js" */

import { drawTree } from "./draw_tree.js";
import { explainError } from "./explain_error.js";
import { findElement } from "./element.js";
import { showText } from "./tree_layout.js";

/**
 * @typedef {object} TreePlace A token of a conversation.
 * @property {Turn} turn Whose answer it is in.
 * @property {number} index Which token of it.
 */
/**
 * @typedef {object} TreePanelArgs What the panel needs of the page.
 * @property {(place: TreePlace, signal: AbortSignal) => Promise<DraftTree>} fetchTree Has a tree drafted.
 * @property {(place: TreePlace | null) => void} onMark Called with the token whose tree is shown; null for none.
 */

/** The panel that shows the tree which begins with a token. */
export class TreePanel {
  #panel = findElement("tree", HTMLElement);
  #title = findElement("tree-title", HTMLElement);
  #summary = findElement("tree-summary", HTMLElement);
  #drawing = findElement("tree-drawing", HTMLElement);
  #earlier = findElement("tree-earlier", HTMLButtonElement);
  #later = findElement("tree-later", HTMLButtonElement);
  #args;
  /** @type {TreePlace | null} */
  #place = null;
  #call = new AbortController();
  /** @type {Element | null} What had the focus before. */
  #opener = null;

  /** @param {TreePanelArgs} args What it needs of the page. */
  constructor(args) {
    this.#args = args;
    this.#earlier.addEventListener("click", () => this.#step(-1));
    this.#later.addEventListener("click", () => this.#step(1));
    findElement("tree-close", HTMLButtonElement)
      .addEventListener("click", () => this.close());
  }

  /** Whether it is shown. */
  get isOpen() {
    return !this.#panel.hidden;
  }

  /**
   * Shows the tree of a token.
   *
   * @param {TreePlace} place Which token.
   */
  async open(place) {
    if (!this.isOpen) this.#opener = document.activeElement;
    this.#panel.hidden = false;
    this.#title.focus();
    await this.#show(place);
  }

  /** Goes away, and gives the focus back. */
  close() {
    if (!this.isOpen) return;
    this.#call.abort();
    this.#panel.hidden = true;
    this.#args.onMark(null);
    if (this.#opener instanceof HTMLElement) this.#opener.focus();
  }

  /** @param {TreePlace} place */
  async #show(place) {
    this.#call.abort();
    const call = new AbortController();
    this.#call = call;
    this.#place = place;
    this.#args.onMark(place);
    this.#updateSteps();
    this.#summary.textContent = "Drafting…";
    try {
      const tree = await this.#args.fetchTree(place, call.signal);
      if (call.signal.aborted) return;
      this.#drawing.replaceChildren(drawTree(tree.nodes));
      this.#drawing.scrollTo(0, 0);
      this.#summary.textContent = describeTree(tree);
    } catch (error) {
      if (call.signal.aborted) return;
      this.#drawing.replaceChildren();
      this.#summary.textContent = explainError(error).text;
    }
  }

  /** @param {number} by */
  #step(by) {
    if (this.#place === null) return;
    const { turn, index } = this.#place;
    this.#show({ turn, index: index + by });
  }

  #updateSteps() {
    const { turn, index } = this.#place ?? { turn: { pieces: [] }, index: 0 };
    this.#earlier.disabled = index <= 0;
    this.#later.disabled = index >= turn.pieces.length - 1;
  }
}

/**
 * @param {DraftTree} tree
 * @returns {string}
 */
function describeTree({ nodes, committed }) {
  const accepted = committed.slice(0, -1);
  const next = committed.at(-1)?.text ?? "";
  const text = accepted.map((token) => token.text).join("").trim();
  const proposed = `The drafter proposed ${nodes.length - 1} tokens. `;
  return proposed +
    (accepted.length === 0
      ? `The model accepted none, and chose ${quote(next)}.`
      : `The model accepted ${accepted.length} in one pass, ${
        quote(text)
      }, and then chose ${quote(next)}.`);
}

/** @param {string} text */
function quote(text) {
  return `“${text.trim() || showText(text)}”`;
}
