// @ts-check
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** @import { AnswerPart, Figures, Token } from "./api.js" */
/** @import { Explanation } from "./explain_error.js" */
/** @import { Turn } from "./turn.js" */

import { makeButton, makeElement } from "./element.js";
import { makeFailure } from "./failure.js";

/**
 * @typedef {object} TurnActions What can be done with a turn.
 * @property {() => void} onEdit Asks something else instead.
 * @property {() => void} onRegenerate Has it answered anew.
 * @property {(index: number) => void} onTree Shows the tree that begins with a token of the answer.
 * @property {(explanation: Explanation) => void} onRemedy Does what is to be done after a failure.
 */

/** A question and its answer as the page shows them. */
export class TurnView {
  #turn;
  #onRemedy;
  #text = makeElement("div", { class: "text", dir: "auto" });
  #figures = makeElement("span", { class: "figures" });
  #details;
  /** @type {HTMLElement} The question. */
  question;
  /** @type {HTMLElement} The answer. */
  answer = makeElement("li", { class: "message answer" });

  /**
   * @param {Turn} turn What is shown; its answer is empty yet.
   * @param {TurnActions} actions What can be done.
   */
  constructor(turn, { onEdit, onRegenerate, onTree, onRemedy }) {
    this.#turn = turn;
    this.#onRemedy = onRemedy;
    this.question = makeElement("li", {
      class: "message question",
      children: [
        makeElement("span", { class: "unseen", children: ["You: "] }),
        makeElement("div", {
          class: "text",
          dir: "auto",
          children: [turn.question],
        }),
        makeElement("div", {
          class: "details",
          children: [makeButton("Edit", { class: "link", onClick: onEdit })],
        }),
      ],
    });
    this.#details = makeElement("div", {
      class: "details",
      children: [
        this.#figures,
        makeButton("Regenerate", {
          class: "link regenerate",
          onClick: onRegenerate,
        }),
        makeButton("Draft tree", { class: "link", onClick: () => onTree(0) }),
      ],
    });
    this.#text.addEventListener("click", ({ target }) => {
      const index = [...this.#text.children].findIndex((each) =>
        each === target
      );
      // Text that is being marked is not to be looked into.
      if (index >= 0 && getSelection()?.isCollapsed !== false) onTree(index);
    });
    this.begin();
  }

  /** Takes the answer away, as another is to come. */
  begin() {
    this.#text.replaceChildren();
    this.#figures.textContent = "";
    this.answer.replaceChildren(
      makeElement("span", { class: "unseen", children: ["Answer: "] }),
      this.#text,
      this.#figures,
    );
    this.answer.setAttribute("aria-busy", "true");
  }

  /**
   * Shows what has come.
   *
   * @param {AnswerPart} part More of the answer; its tokens are those of the turn already.
   */
  push({ tokens, figures }) {
    this.#text.append(...tokens.flatMap(drawPiece));
    if (figures !== null) {
      this.#figures.textContent = this.#describe(figures).join(" · ");
    }
  }

  /**
   * Ends the answer.
   *
   * @param {{ readonly figures: Figures | null, readonly remark: string }} args How fast it came, and why it ended.
   */
  end({ figures, remark }) {
    this.answer.removeAttribute("aria-busy");
    this.#figures.textContent = [
      ...figures === null ? [] : this.#describe(figures),
      `seed ${this.#turn.fields.seed}`,
      remark,
    ].filter((part) => part !== "").join(" · ");
    this.#details.prepend(this.#figures);
    this.answer.append(this.#details);
  }

  /** @param {Explanation} explanation Why the answer ended. */
  fail(explanation) {
    const onRemedy = () => this.#onRemedy(explanation);
    if (this.#turn.pieces.length === 0) this.#details.remove();
    this.answer.append(makeFailure(explanation, { onRemedy }));
  }

  /** @param {number | null} index The token whose tree is shown. */
  mark(index) {
    for (const [each, token] of [...this.#text.children].entries()) {
      if (each === index) {
        token.setAttribute("aria-current", "true");
        token.scrollIntoView({ block: "nearest" });
      } else token.removeAttribute("aria-current");
    }
  }

  /**
   * @param {Figures} figures
   * @returns {readonly string[]}
   */
  #describe({ tokensPerRound, tokensPerSecond }) {
    const { pieces } = this.#turn;
    const numDrafted = pieces.filter(({ drafted }) => drafted).length;
    const share = Math.round(100 * numDrafted / Math.max(1, pieces.length));
    // The first piece of an answer has neither.
    const speed = tokensPerSecond.toFixed(tokensPerSecond < 10 ? 1 : 0);
    return [
      ...tokensPerRound > 0
        ? [`${tokensPerRound.toFixed(1)} tokens per round`]
        : [],
      ...tokensPerSecond > 0 ? [`${speed} tokens/s`] : [],
      `${share} % drafted`,
    ];
  }
}

/**
 * Draws a token. Space before a word stands outside it, as it would else be coloured where a line ends.
 *
 * @param {Token} piece
 * @returns {readonly (Node | string)[]}
 */
function drawPiece({ text, drafted }) {
  const word = text.trimStart() || text;
  return [
    text.slice(0, text.length - word.length),
    makeElement("span", {
      class: drafted ? "token drafted" : "token",
      children: [word],
    }),
  ];
}
