/** Finds where a JSON object ends whose text comes bit by bit. */
export class JsonSpan {
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  #isComplete = false;

  /** Whether the object has ended. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /**
   * Takes more text; the first of all begins with the object's brace.
   *
   * @param text The text.
   * @returns How much of it belongs to the object.
   */
  push(text: string): number {
    for (let index = 0; index < text.length; index++) {
      if (this.#isComplete) return index;
      this.#take(text[index] ?? "");
    }
    return text.length;
  }

  #take(character: string): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (this.#isInString) {
      if (character === "\\") this.#isEscaped = true;
      else if (character === '"') this.#isInString = false;
    } else if (character === '"') this.#isInString = true;
    else if (character === "{" || character === "[") this.#depth++;
    else if (character === "}" || character === "]") {
      this.#isComplete = --this.#depth === 0;
    }
  }
}
