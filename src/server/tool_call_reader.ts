import { CallReader } from "./call_reader.ts";
import type { ToolOffer } from "./read_tools.ts";

/** What is added to a call, as the OpenAI API streams it. */
export interface ToolCallDelta {
  /** Which call. */
  readonly index: number;
  /** Its name for itself, with the first piece. */
  readonly id?: string;
  /** With the first piece. */
  readonly type?: "function";
  /** Name of the tool with the first piece, and text of arguments. */
  readonly function: { readonly name?: string; readonly arguments: string };
}

/** What a piece of an answer's text turns out to be. */
export interface ReadAnswer {
  /** Text for people. */
  readonly content: string;
  /** Parts of calls. */
  readonly calls: readonly ToolCallDelta[];
}

/** Tells calls of tools from the rest of an answer, as it comes. */
export class ToolCallReader {
  readonly #offer: ToolOffer;
  readonly #names: ReadonlySet<string>;
  /** Text that may be the beginning of something. */
  #held = "";
  /** What is inside the marks of calls, or looks like a call. */
  #isInside: boolean;
  #call: CallReader | null = null;
  /** Whether the call that is read is passed on: there may be one too many. */
  #isCallTaken = true;
  #hasContent = false;
  #numCalls = 0;

  /** @param offer The tools that may be called, and how. */
  constructor(offer: ToolOffer) {
    this.#offer = offer;
    this.#names = new Set(offer.tools.map(({ name }) => name));
    this.#isInside = offer.isForced;
  }

  /** How many calls there are. */
  get numCalls(): number {
    return this.#numCalls;
  }

  /**
   * Takes more of an answer's text.
   *
   * @param text The text.
   * @returns What it turns out to be, as far as that is clear.
   */
  push(text: string): ReadAnswer {
    this.#held += text;
    let content = "";
    const calls: ToolCallDelta[] = [];
    for (let numBefore = -1; this.#held.length !== numBefore;) {
      numBefore = this.#held.length;
      if (!this.#isInside) content += this.#readContent();
      if (this.#isInside) content += this.#readCalls(calls);
    }
    if (content !== "") this.#hasContent = true;
    return { content, calls };
  }

  /**
   * Ends the answer.
   *
   * @returns What was held back as the beginning of something, and was none.
   */
  end(): string {
    const { text = "", isCall = false } = this.#call ?? {};
    const rest = isCall ? "" : text + this.#held;
    return this.#numCalls > 0 ? rest.trim() : rest;
  }

  /** Takes text up to where calls begin; white space before them is not for people. */
  #readContent(): string {
    const { begin, isBare } = this.#offer.format;
    const mark = this.#held.indexOf(begin);
    if (mark >= 0) {
      const content = this.#held.slice(0, mark).trimEnd();
      this.#held = this.#held.slice(mark + begin.length);
      this.#isInside = true;
      return content;
    }
    if (isBare && !this.#hasContent && /^\s*\{/.test(this.#held)) {
      this.#isInside = true;
      return "";
    }
    const shown = this.#held.slice(
      0,
      this.#held.length - numHeldBack(this.#held, begin),
    );
    const isBlank = shown.trim() === "" && this.#numCalls > 0;
    this.#held = this.#held.slice(shown.length);
    return isBlank ? "" : shown;
  }

  /** Takes objects of calls; gives back what turns out to be none. */
  #readCalls(calls: ToolCallDelta[]): string {
    if (this.#call === null) {
      // Calls may be a list, or stand behind each other.
      this.#held = this.#held.replace(/^[\s,;[\]]+/, "");
      if (this.#held === "") return "";
      const { end } = this.#offer.format;
      if (end !== "" && this.#held.startsWith(end)) {
        this.#held = this.#held.slice(end.length);
        this.#isInside = this.#offer.isForced;
        return "";
      }
      if (end !== "" && end.startsWith(this.#held)) return "";
      if (!this.#held.startsWith("{")) return this.#leave("");
      this.#call = new CallReader(this.#names);
      this.#isCallTaken = this.#offer.isParallel || this.#numCalls === 0;
    }
    const { part, rest } = this.#call.push(this.#held);
    this.#held = rest;
    const { isComplete, isCall, text } = this.#call;
    if (part !== null && this.#isCallTaken) this.#add(part, calls);
    if (!isComplete) return "";
    this.#call = null;
    return isCall ? "" : this.#leave(text);
  }

  /** Goes on with text for people. */
  #leave(text: string): string {
    this.#isInside = false;
    this.#hasContent = true;
    const content = text === "" ? this.#held.slice(0, 1) : text;
    if (text === "") this.#held = this.#held.slice(1);
    return content;
  }

  #add(
    { name, args }: { readonly name?: string; readonly args: string },
    calls: ToolCallDelta[],
  ): void {
    if (name !== undefined) {
      calls.push({
        index: this.#numCalls++,
        id: this.#offer.format.makeId(),
        type: "function",
        function: { name, arguments: "" },
      });
    }
    if (args === "") return;
    calls.push({ index: this.#numCalls - 1, function: { arguments: args } });
  }
}

/** Characters at the end of a text that may begin a mark, or be white space before one. */
function numHeldBack(text: string, mark: string): number {
  let start = text.length;
  for (
    let length = Math.min(mark.length - 1, text.length);
    length > 0;
    length--
  ) {
    if (mark.startsWith(text.slice(-length))) {
      start = text.length - length;
      break;
    }
  }
  return text.length - text.slice(0, start).trimEnd().length;
}
