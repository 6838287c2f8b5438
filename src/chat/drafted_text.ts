import type { Chunk, Model } from "../decode/mod.ts";
import { type Question, questionIds } from "./question.ts";
import { TokenTexts } from "../decode/token_texts.ts";

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
 * Tells which of a generation's text was drafted, neighbours of one origin together.
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
  readonly #texts: TokenTexts;

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
    this.#texts = new TokenTexts(model.tokenizer, questionIds(model, question));
  }

  /** See {@linkcode RunSplitter.push}. */
  push(chunk: Pick<Chunk, "text" | "tokens" | "drafted">): readonly TextRun[] {
    const runs: TextRun[] = [];
    for (const { text, isDrafted } of this.#texts.push(chunk)) {
      const last = runs.at(-1);
      if (last?.isDrafted === isDrafted) {
        runs[runs.length - 1] = { text: last.text + text, isDrafted };
      } else if (text !== "") {
        runs.push({ text, isDrafted });
      }
    }
    return runs;
  }
}
