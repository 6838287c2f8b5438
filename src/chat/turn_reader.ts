import type { ChatIo } from "./chat_io.ts";

/** What was typed: a message, or a command that begins with a slash. */
export interface Turn {
  /** All of it, lines joined. */
  readonly text: string;
  /** Whether it is a command. */
  readonly isCommand: boolean;
}

const FENCE = '"""';

/**
 * Joins lines of input into turns: a line that ends in a backslash goes on in the next, and lines between
 * `"""` and `"""` belong together, whatever they begin with. Empty turns are passed over.
 */
export class TurnReader {
  readonly #io: Pick<ChatIo, "lines" | "isInteractive" | "remark">;
  readonly #closed = Promise.withResolvers<null>();
  #parts: string[] = [];
  #isFenced = false;

  /** @param io Where lines come from, and prompts go to. */
  constructor(io: Pick<ChatIo, "lines" | "isInteractive" | "remark">) {
    this.#io = io;
  }

  /** Whether lines of an unfinished turn have been read. */
  get isPartial(): boolean {
    return this.#parts.length > 0;
  }

  /**
   * Reads the next turn.
   *
   * @returns The turn, or null at the end of the input.
   * @throws {SyntaxError} If the input ends inside a fence.
   */
  async read(): Promise<Turn | null> {
    while (true) {
      this.prompt();
      const line = await this.#nextLine();
      const turn = line === null ? this.#end() : this.#push(line);
      if (turn !== undefined && turn?.text.trim() !== "") return turn;
    }
  }

  /** Shows what asks for the next line. */
  prompt(): void {
    if (!this.#io.isInteractive) return;
    this.#io.remark("prompt", this.isPartial ? "… " : "> ");
  }

  /** Forgets the lines of an unfinished turn. */
  reset(): void {
    this.#parts = [];
    this.#isFenced = false;
  }

  /** Ends the input: a read that waits, and all later ones, give null. */
  close(): void {
    this.#closed.resolve(null);
  }

  async #nextLine(): Promise<string | null> {
    const next = this.#io.lines.next().then(({ done, value }) =>
      done === true ? null : value
    );
    try {
      return await Promise.race([this.#closed.promise, next]);
    } catch (error) {
      // Input that has failed once has nothing more to give.
      this.close();
      throw error;
    }
  }

  /** Adds a line, and gives the turn if that ends it. */
  #push(line: string): Turn | undefined {
    const isFirst = this.#parts.length === 0;
    if (isFirst && line.startsWith(FENCE)) {
      this.#isFenced = true;
      return this.#pushFenced(line.slice(FENCE.length));
    }
    if (this.#isFenced) return this.#pushFenced(line);
    const isContinued = line.endsWith("\\");
    this.#parts.push(isContinued ? line.slice(0, -1) : line);
    return isContinued ? undefined : this.#take();
  }

  #pushFenced(line: string): Turn | undefined {
    const isLast = line.trimEnd().endsWith(FENCE);
    this.#parts.push(isLast ? line.trimEnd().slice(0, -FENCE.length) : line);
    if (!isLast) return undefined;
    // Fences on lines of their own are not part of the text.
    if (this.#parts[0] === "") this.#parts.shift();
    if (this.#parts.at(-1) === "") this.#parts.pop();
    return this.#take();
  }

  #end(): Turn | null {
    const isUnfinished = this.#isFenced;
    if (!isUnfinished) return this.isPartial ? this.#take() : null;
    this.reset();
    throw new SyntaxError(
      `Cannot send the text as it must end with ${FENCE}: the input ended`,
    );
  }

  #take(): Turn {
    const text = this.#parts.join("\n");
    const isCommand = !this.#isFenced && text.startsWith("/");
    this.reset();
    return { text, isCommand };
  }
}
