import { countCommon } from "../decode/count_common.ts";

/** Prompts that are remembered: as many as a model has sessions, unless told otherwise. */
const NUM_PROMPTS = 8;

/** What a Worker was asked lately, by which to guess what its caches hold. */
export class PromptMemory {
  /** The oldest first. */
  #prompts: (readonly number[])[] = [];

  /**
   * Takes in a prompt.
   *
   * @param prompt Its ids.
   */
  add(prompt: readonly number[]): void {
    // The turn before of the same conversation.
    const others = this.#prompts.filter((known) =>
      countCommon(known, prompt) < known.length
    );
    this.#prompts = [...others, prompt].slice(-NUM_PROMPTS);
  }

  /**
   * Counts the ids that a prompt and one that is remembered begin with.
   *
   * @param prompt Ids.
   * @returns Most of all that are remembered.
   */
  countShared(prompt: readonly number[]): number {
    return Math.max(
      0,
      ...this.#prompts.map((known) => countCommon(known, prompt)),
    );
  }

  /** Forgets all. */
  clear(): void {
    this.#prompts = [];
  }
}
