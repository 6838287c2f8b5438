// @ts-check
/// <reference lib="dom" />

/** @import { Announcer } from "./announcer.js" */
/** @import { Figures } from "./api.js" */
/** @import { Explanation } from "./explain_error.js" */
/** @import { Settings } from "./settings.js" */
/** @import { TreePlace } from "./tree_panel.js" */
/** @import { Turn } from "./turn.js" */

import { explainError } from "./explain_error.js";
import { fetchDraftTree, streamAnswer } from "./api.js";
import { TurnView } from "./turn_view.js";
import { answerOf, writeMessages } from "./turn.js";

/**
 * @typedef {object} ChatArgs What a conversation needs of the page.
 * @property {HTMLElement} list Where turns are shown.
 * @property {Settings} settings What the reader has chosen.
 * @property {Announcer} announcer Says answers to screen readers.
 * @property {() => void} onChange Called when an answer begins or ends, or turns come or go.
 * @property {(turn: Turn) => void} onEdit Called when a question is to be asked otherwise.
 * @property {(place: TreePlace) => void} onTree Called when a token's tree is to be shown.
 * @property {(explanation: Explanation, retry: () => void) => void} onRemedy Called when something is to be done about
 *   a failure.
 */

/** Why an answer ended, where that is not by itself. */
const REMARKS = {
  length: "ended, as long as it may be",
  stopped: "stopped",
};

/** A conversation: asks, shows answers as they come, and changes what was said. */
export class Chat {
  /** @type {Turn[]} */
  #turns = [];
  /** @type {Map<Turn, TurnView>} */
  #views = new Map();
  /** @type {AbortController | null} Ends the answer that is coming. */
  #answering = null;
  #args;

  /** @param {ChatArgs} args What it needs of the page. */
  constructor(args) {
    this.#args = args;
  }

  /** Whether an answer is coming. */
  get isAnswering() {
    return this.#answering !== null;
  }

  /** Whether nothing was said. */
  get isEmpty() {
    return this.#turns.length === 0;
  }

  /**
   * Asks.
   *
   * @param {string} question What is asked.
   * @param {Turn | null} replaced A turn that goes away for it, with all behind it.
   */
  async ask(question, replaced = null) {
    if (replaced !== null) this.#cut(this.#turns.indexOf(replaced));
    /** @type {Turn} */
    const turn = {
      question,
      pieces: [],
      ...this.#readSettings(),
    };
    const view = new TurnView(turn, {
      onEdit: () => this.#args.onEdit(turn),
      onRegenerate: () => this.#regenerate(turn),
      onTree: (index) => this.#args.onTree({ turn, index }),
      onRemedy: (explanation) =>
        this.#args.onRemedy(explanation, () => this.#regenerate(turn)),
    });
    this.#turns.push(turn);
    this.#views.set(turn, view);
    this.#args.list.append(view.question, view.answer);
    await this.#answer(turn, view);
  }

  /** Ends the answer that is coming; what has come stays. */
  stop() {
    this.#answering?.abort();
  }

  /** Begins anew. */
  clear() {
    this.#cut(0);
    this.#args.onChange();
  }

  /**
   * Marks a token.
   *
   * @param {TreePlace | null} place Which one; null for none.
   */
  mark(place) {
    for (const [turn, view] of this.#views) {
      view.mark(turn === place?.turn ? place.index : null);
    }
  }

  /**
   * Has the tree drafted that begins with a token.
   *
   * @param {TreePlace} place Which token.
   * @param {AbortSignal} signal Ends it.
   * @returns {ReturnType<typeof fetchDraftTree>} The tree's nodes.
   */
  async fetchTree({ turn, index }, signal) {
    const { settings } = this.#args;
    const turns = this.#turns.slice(0, this.#turns.indexOf(turn) + 1);
    const messages = writeMessages(turns, index);
    const request = { ...turn.fields, messages };
    return await fetchDraftTree(request, { key: settings.key, signal });
  }

  /** @param {Turn} turn */
  async #regenerate(turn) {
    const view = this.#views.get(turn);
    if (view === undefined || this.isAnswering) return;
    this.#cut(this.#turns.indexOf(turn) + 1);
    Object.assign(turn, { pieces: [], ...this.#readSettings() });
    view.begin();
    await this.#answer(turn, view);
  }

  /**
   * @param {Turn} turn
   * @param {TurnView} view
   */
  async #answer(turn, view) {
    const { announcer, onChange } = this.#args;
    const answering = new AbortController();
    /** @type {Figures | null} */
    let figures = null;
    let remark = "";
    /** @type {Explanation | null} */
    let failure = null;
    this.#answering = answering;
    onChange();
    announcer.begin("Answering");
    try {
      for await (const part of this.#stream(answering.signal)) {
        turn.pieces.push(...part.tokens);
        figures = part.figures ?? figures;
        if (part.ending === "length") remark = REMARKS.length;
        view.push(part);
        announcer.push(answerOf({ pieces: part.tokens }));
      }
    } catch (error) {
      if (answering.signal.aborted) remark = REMARKS.stopped;
      else failure = explainError(error);
    }
    view.end({ figures, remark });
    if (failure !== null) view.fail(failure);
    if (this.#answering !== answering) return;
    announcer.end(failure === null ? remark || "End of the answer" : "");
    this.#answering = null;
    onChange();
  }

  #readSettings() {
    const { settings } = this.#args;
    return { system: settings.get("system"), fields: settings.requestFields() };
  }

  /** @param {AbortSignal} signal */
  #stream(signal) {
    const { settings } = this.#args;
    const messages = writeMessages(this.#turns);
    const maxTokens = settings.get("maxTokens");
    return streamAnswer({
      ...this.#turns.at(-1)?.fields,
      messages,
      ...maxTokens !== "" && { max_completion_tokens: Number(maxTokens) },
    }, { key: settings.key, signal });
  }

  /** @param {number} length Turns that stay. */
  #cut(length) {
    if (this.#turns.length > length) {
      this.stop();
      this.#answering = null;
    }
    for (const turn of this.#turns.splice(length)) {
      const view = this.#views.get(turn);
      view?.question.remove();
      view?.answer.remove();
      this.#views.delete(turn);
    }
  }
}
