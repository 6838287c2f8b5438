// @ts-check
/// <reference lib="dom" />

/** Finds and makes elements. Text goes in as text: nothing here, or that uses it, reads HTML. @module */

/**
 * Finds an element of the page.
 *
 * @template {HTMLElement} T
 * @param {string} id Its id.
 * @param {new () => T} type Its class.
 * @returns {T} The element.
 * @throws {ReferenceError} If there is none.
 */
export function findElement(id, type) {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new ReferenceError(
    `Cannot start the page as it must have a ${type.name} "#${id}": found ${found}`,
  );
}

/**
 * Makes an element.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag Its name.
 * @param {{ readonly class?: string, readonly children?: readonly (Node | string)[] } & Readonly<Record<string, unknown>>} [args]
 *   Its class, what is in it, and attributes.
 * @returns {HTMLElementTagNameMap[Tag]} The element.
 */
export function makeElement(tag, args = {}) {
  const { children = [], ...attributes } = args;
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

/**
 * Makes an element of a drawing.
 *
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag Its name.
 * @param {{ readonly class?: string, readonly children?: readonly (Node | string)[] } & Readonly<Record<string, unknown>>} [args]
 *   Its class, what is in it, and attributes.
 * @returns {SVGElementTagNameMap[Tag]} The element.
 */
export function makeSvgElement(tag, args = {}) {
  const { children = [], ...attributes } = args;
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

/**
 * Makes a button that says what it does.
 *
 * @param {string} text What it says.
 * @param {{ readonly class?: string, readonly onClick: () => void }} args What it does.
 * @returns {HTMLButtonElement} The button.
 */
export function makeButton(text, { onClick, ...attributes }) {
  const button = makeElement("button", {
    type: "button",
    children: [text],
    ...attributes,
  });
  button.addEventListener("click", onClick);
  return button;
}

/**
 * @param {Element} element
 * @param {Readonly<Record<string, unknown>>} attributes
 */
function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, String(value));
  }
}
