import type {
  ChatMessage,
  Chunk,
  GenerateOptions,
  GenerateStatistics,
  Model,
  RoundStatistics,
} from "../../mod.ts";
import type { ChatIo, RemarkKind } from "../../src/chat/chat_io.ts";

/** What was asked of a {@linkcode FakeModel}. */
export interface Asked {
  readonly prompt: string | readonly ChatMessage[];
  readonly options: GenerateOptions;
}

/** A model without weights: says what it was told to, word by word. */
export class FakeModel implements Pick<Model, "chat" | "generate"> {
  readonly asked: Asked[] = [];
  /** The next answers; an error is thrown, after the words before it. */
  answers: (readonly (string | Error)[])[] = [];
  /** Statistics that it reports, besides those that it knows. */
  figures: Partial<GenerateStatistics> = {};
  /** Called before each word. */
  onWord: () => void = () => {};

  chat(
    messages: readonly ChatMessage[],
    options: GenerateOptions = {},
  ): AsyncGenerator<Chunk, GenerateStatistics> {
    return this.#answer(messages, options);
  }

  generate(
    prompt: string | readonly number[],
    options: GenerateOptions = {},
  ): AsyncGenerator<Chunk, GenerateStatistics> {
    return this.#answer(String(prompt), options);
  }

  async *#answer(
    prompt: Asked["prompt"],
    options: GenerateOptions,
  ): AsyncGenerator<Chunk, GenerateStatistics> {
    const { signal, ...asked } = options;
    this.asked.push({ prompt, options: asked });
    let text = "";
    for (const word of this.answers.shift() ?? []) {
      this.onWord();
      await Promise.resolve();
      if (signal?.aborted) break;
      if (word instanceof Error) throw word;
      text += word;
      yield {
        text: word,
        tokens: [1],
        drafted: [false],
        elapsedMs: 1,
        soFar: ROUNDS,
      };
    }
    return statistics(text, {
      ...this.figures,
      stop: signal?.aborted ? "abort" : "eos",
      seed: options.seed ?? 41,
    });
  }
}

/** How rounds went. */
export const ROUNDS: RoundStatistics = {
  rounds: 2,
  tokensPerRound: 1,
  acceptedPerDepth: [],
  draftedTokens: 0,
  roundMs: null,
  idleShare: null,
};

/** Statistics of an answer. */
export function statistics(
  text: string,
  others: Partial<GenerateStatistics> = {},
): GenerateStatistics {
  return {
    text,
    tokens: [1],
    stop: "eos",
    seed: 0,
    promptTokens: 9,
    cachedTokens: 4,
    generatedTokens: 3,
    ...ROUNDS,
    prefillMs: 5,
    decodeMs: 10,
    tokensPerSecond: 200,
    ...others,
  };
}

/** A terminal that types lines, and remembers what it was shown. */
export class FakeIo implements ChatIo {
  /** What is typed: a line, or a function that is called when the next line is waited for. */
  readonly script: (string | (() => void))[];
  readonly isInteractive: boolean;
  readonly lines: AsyncIterator<string>;
  /** Answers. */
  written = "";
  /** The part of them that was drafted. */
  drafted = "";
  /** Everything shown, in order: `prompt:> `, `note:…`, `error:…`, `answer:…`. */
  readonly shown: string[] = [];
  readonly exits: number[] = [];
  #listener: (() => void) | null = null;

  constructor(
    script: readonly (string | (() => void))[],
    { isInteractive = false } = {},
  ) {
    this.script = [...script];
    this.isInteractive = isInteractive;
    this.lines = { next: () => this.#next() };
  }

  /** Whether somebody listens to Ctrl-C. */
  get isListening(): boolean {
    return this.#listener !== null;
  }

  interrupt(): void {
    this.#listener?.();
  }

  write(text: string, isDrafted = false): void {
    this.written += text;
    if (isDrafted) this.drafted += text;
    this.shown.push(`answer:${text}`);
  }

  remark(kind: RemarkKind, text: string): void {
    this.shown.push(`${kind}:${text}`);
  }

  onInterrupt(listener: () => void): Disposable {
    this.#listener = listener;
    return { [Symbol.dispose]: () => this.#listener = null };
  }

  exit(status: number): void {
    this.exits.push(status);
  }

  /** Runs the functions up to the next line; a script that ends with one leaves the line waited for. */
  async #next(): Promise<IteratorResult<string>> {
    let isLine = false;
    while (this.script.length > 0 && !isLine) {
      await Promise.resolve();
      const step = this.script.shift();
      if (typeof step === "string") return { done: false, value: step };
      step?.();
      isLine = this.script.length === 0;
    }
    return isLine
      ? await new Promise(() => {})
      : { done: true, value: undefined };
  }
}
