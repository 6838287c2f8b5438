import type {
  ChatMessage,
  GenerateOptions,
  GenerateStatistics,
  Model,
} from "../decode/mod.ts";
import type { ChatIo } from "./chat_io.ts";
import type { RunSplitter } from "./drafted_text.ts";
import { forwardChunks, type WriteText } from "./forward_chunks.ts";
import { ask, type Question } from "./question.ts";

/** What a chat is made of. */
export interface ChatArgs {
  /** Answers. */
  readonly model: Pick<Model, "chat" | "generate">;
  /** Whether the model knows turns; else each message is text that it continues. */
  readonly isTemplated: boolean;
  /** What to begin with. */
  readonly messages: readonly ChatMessage[];
  /** Begins to follow what is drafted of an answer; absent where it is not to be seen. */
  readonly followDrafts?: (question: Question) => RunSplitter;
  /** Where answers go. */
  readonly io: Pick<ChatIo, "write">;
}

/** A conversation with a model. What fails leaves it as it was. */
export class Chat {
  /** What was said. */
  messages: readonly ChatMessage[];
  readonly #model: ChatArgs["model"];
  readonly #isTemplated: boolean;
  readonly #followDrafts: (question: Question) => RunSplitter | null;
  readonly #io: ChatArgs["io"];
  #statistics: GenerateStatistics | null = null;
  #controller: AbortController | null = null;

  /** @param args Model, what to begin with, where answers go. */
  constructor(args: ChatArgs) {
    this.#model = args.model;
    this.#isTemplated = args.isTemplated;
    this.#followDrafts = args.followDrafts ?? (() => null);
    this.#io = args.io;
    this.messages = args.messages;
  }

  /** What the last answer took; null before the first. */
  get statistics(): GenerateStatistics | null {
    return this.#statistics;
  }

  /** Whether an answer is being written. */
  get isAnswering(): boolean {
    return this.#controller !== null;
  }

  /** Text of the system message, or null. */
  get system(): string | null {
    const [first] = this.messages;
    return first?.role === "system" ? first.content : null;
  }

  /** Replaces the system message; null removes it. */
  set system(text: string | null) {
    const rest = this.messages.filter(({ role }) => role !== "system");
    this.messages = text === null
      ? rest
      : [{ role: "system", content: text }, ...rest];
  }

  /** Forgets what was said, but for the system message. */
  clear(): void {
    this.messages = this.messages.filter(({ role }) => role === "system");
  }

  /**
   * Says something, and writes the answer.
   *
   * @param text What to say.
   * @param options How to choose tokens.
   * @returns What the answer took; one that was stopped before its first token leaves no trace.
   * @throws {RangeError | TypeError | GpuError} As {@linkcode Model.chat} does.
   */
  async send(
    text: string,
    options: GenerateOptions,
  ): Promise<GenerateStatistics> {
    return await this.#answer(
      [...this.messages, { role: "user", content: text }],
      options,
    );
  }

  /**
   * Answers the last message again, with the seed after the last one.
   *
   * @param options How to choose tokens.
   * @returns What the answer took, and whether it is the same as before.
   * @throws {RangeError} If there is no answer yet; and as {@linkcode Model.chat} does.
   */
  async regenerate(
    options: GenerateOptions,
  ): Promise<{ statistics: GenerateStatistics; isSame: boolean }> {
    const last = this.messages.at(-1);
    if (last?.role !== "assistant") {
      throw new RangeError(
        "Cannot answer again as the conversation must end with an answer: it has none",
      );
    }
    const seed = this.#statistics && (this.#statistics.seed + 1) >>> 0;
    const statistics = await this.#answer(
      this.messages.slice(0, -1),
      seed === null ? options : { ...options, seed },
    );
    return { statistics, isSame: statistics.text === last.content };
  }

  /**
   * Ends the answer that is being written.
   *
   * @returns Whether there was one that had not been ended already.
   */
  stop(): boolean {
    const isRunning = this.#controller?.signal.aborted === false;
    this.#controller?.abort();
    return isRunning;
  }

  async #answer(
    messages: readonly ChatMessage[],
    options: GenerateOptions,
  ): Promise<GenerateStatistics> {
    this.#controller = new AbortController();
    const { signal } = this.#controller;
    let isBegun = false;
    try {
      const question = this.#isTemplated
        ? messages
        : messages.map(({ content }) => content).join("");
      const chunks = ask(this.#model, question, { ...options, signal });
      const drafted = this.#followDrafts(question);
      const write: WriteText = (text, isDrafted) => {
        isBegun = true;
        this.#io.write(text, isDrafted);
      };
      const statistics = await forwardChunks(chunks, write, { drafted });
      isBegun = true;
      this.#statistics = statistics;
      if (statistics.text !== "" || statistics.stop !== "abort") {
        const answer = { role: "assistant", content: statistics.text };
        this.messages = [...messages, answer];
      }
      return statistics;
    } finally {
      this.#controller = null;
      if (isBegun) this.#io.write("\n");
    }
  }
}
