/** What a remark is, which decides how it looks. */
export type RemarkKind = "prompt" | "note" | "error";

/** Between the chat and whoever it talks with. */
export interface ChatIo {
  /** What is typed or piped in, line by line, without line ends. */
  readonly lines: AsyncIterator<string>;
  /** Whether a person types: then prompts and notes are shown. */
  readonly isInteractive: boolean;
  /** Writes a piece of an answer, which may be shown to have been drafted. */
  write(text: string, isDrafted?: boolean): void;
  /** Writes what is no answer: a prompt as it is, else one or more lines. */
  remark(kind: RemarkKind, text: string): void;
  /** Calls a function at each Ctrl-C until the result is disposed of. */
  onInterrupt(listener: () => void): Disposable;
  /** Ends the program at once, whatever is running. */
  exit(status: number): void;
}
