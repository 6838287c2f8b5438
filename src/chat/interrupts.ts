import type { Chat } from "./chat.ts";
import type { ChatIo } from "./chat_io.ts";
import type { TurnReader } from "./turn_reader.ts";

const INTERRUPTED = 130;

/**
 * Decides what Ctrl-C does: it ends an answer, else drops an unfinished turn, else, twice in a row, leaves.
 * An answer that has been told to end and does not is left at once.
 */
export class Interrupts {
  readonly #chat: Pick<Chat, "isAnswering" | "stop">;
  readonly #turns: TurnReader;
  readonly #io: Pick<ChatIo, "remark" | "exit">;
  #isArmed = false;

  /** @param args What may be answering, what may be waiting for a line, and where hints go. */
  constructor(
    args: {
      readonly chat: Pick<Chat, "isAnswering" | "stop">;
      readonly turns: TurnReader;
      readonly io: Pick<ChatIo, "remark" | "exit">;
    },
  ) {
    this.#chat = args.chat;
    this.#turns = args.turns;
    this.#io = args.io;
  }

  /** Takes in a Ctrl-C. */
  handle(): void {
    if (this.#chat.isAnswering) {
      if (!this.#chat.stop()) this.#io.exit(INTERRUPTED);
    } else if (this.#isArmed) {
      this.#turns.close();
    } else {
      this.#hint();
    }
  }

  /** Takes in a turn: the next Ctrl-C is the first again. */
  disarm(): void {
    this.#isArmed = false;
  }

  #hint(): void {
    // The terminal has written "^C" behind the prompt.
    this.#io.remark("note", "");
    if (!this.#turns.isPartial) {
      this.#isArmed = true;
      this.#io.remark("note", "Ctrl-C again, Ctrl-D or /exit leaves");
    }
    this.#turns.reset();
    this.#turns.prompt();
  }
}
