import type { Chunk, Model } from "../decode/mod.ts";
import { type Question, questionIds } from "./question.ts";
import { StreamDecoder } from "../text/mod.ts";

/** A piece of text whose tokens have one origin. */
export interface TextRun {
  /** The piece. */
  readonly text: string;
  /** Whether its tokens were accepted drafts; else the target chose them by itself. */
  readonly isDrafted: boolean;
}

/** Splits a generation's text by origin, chunk by chunk. */
export interface RunSplitter {
  /**
   * Takes the next chunk.
   *
   * @param chunk The chunk.
   * @returns Its text, run by run.
   */
  push(chunk: Pick<Chunk, "text" | "tokens" | "drafted">): readonly TextRun[];
}

/**
 * Tells which of a generation's text was drafted.
 *
 * Tokens are decoded a second time, one by one, as the generation decodes them; of that text just as much is
 * given out as the chunks hold. What a stop string or an incomplete character keeps back thus stays back,
 * and the runs of a chunk always make up its text. A character of several tokens goes to the one that
 * completes it.
 *
 * @example
 * ```ts ignore
 * const drafted = new DraftedText(model, prompt);
 * const chunks = model.generate(prompt);
 * for await (const chunk of chunks) {
 *   for (const { text, isDrafted } of drafted.push(chunk)) show(text, isDrafted);
 * }
 * ```
 */
export class DraftedText implements RunSplitter {
  readonly #decoder: StreamDecoder;
  /** Runs that no chunk has shown yet. */
  #held: TextRun[] = [];
  #isLastDrafted = false;

  /**
   * Begins a text.
   *
   * @param model Its tokenizer and chat template.
   * @param question What the text continues or answers.
   * @throws {TypeError} As {@linkcode questionIds} does.
   */
  constructor(
    model: Pick<Model, "tokenizer" | "chatTemplate">,
    question: Question,
  ) {
    this.#decoder = new StreamDecoder(model.tokenizer, {
      promptIds: questionIds(model, question),
    });
  }

  /** See {@linkcode RunSplitter.push}. */
  push(chunk: Pick<Chunk, "text" | "tokens" | "drafted">): readonly TextRun[] {
    for (const [index, id] of chunk.tokens.entries()) {
      this.#isLastDrafted = chunk.drafted[index] ?? false;
      this.#hold(this.#decoder.push(id));
    }
    const numHeld = this.#held.reduce((sum, { text }) => sum + text.length, 0);
    // The end of a text shows what the last token began and no other completed.
    this.#hold(chunk.text.slice(numHeld));
    return this.#take(chunk.text.length);
  }

  #hold(text: string): void {
    const isDrafted = this.#isLastDrafted;
    const last = this.#held.at(-1);
    if (last?.isDrafted === isDrafted) {
      this.#held[this.#held.length - 1] = { text: last.text + text, isDrafted };
    } else if (text !== "") {
      this.#held.push({ text, isDrafted });
    }
  }

  /** Gives out the first characters of what is held. */
  #take(length: number): readonly TextRun[] {
    const taken: TextRun[] = [];
    const kept: TextRun[] = [];
    let numLeft = length;
    for (const { text, isDrafted } of this.#held) {
      const [shown, rest] = [text.slice(0, numLeft), text.slice(numLeft)];
      if (shown !== "") taken.push({ text: shown, isDrafted });
      if (rest !== "") kept.push({ text: rest, isDrafted });
      numLeft -= shown.length;
    }
    this.#held = kept;
    return taken;
  }
}
