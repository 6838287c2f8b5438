import { isJsonObject } from "../text/json_object.ts";
import { JsonSpan } from "./json_span.ts";

/** What a piece of text adds to a call. */
export interface CallPart {
  /** Name of the tool, once it is known. */
  readonly name?: string;
  /** What is added to the text of the arguments. */
  readonly args: string;
}

/** The usual order, in which arguments can be passed on as they come. */
const HEAD =
  /^\{\s*"name"\s*:\s*("(?:[^"\\]|\\.)*")\s*,\s*"(?:arguments|parameters)"\s*:\s*(?=\{)/;

/** Reads one call of a tool: a JSON object of a name and arguments. */
export class CallReader {
  readonly #tools: ReadonlySet<string>;
  readonly #span = new JsonSpan();
  readonly #argsSpan = new JsonSpan();
  #text = "";
  /** Characters of the text that were passed on, or are before the arguments; null before the name is known. */
  #numPassed: number | null = null;

  /** @param tools Names of those that may be called. */
  constructor(tools: ReadonlySet<string>) {
    this.#tools = tools;
  }

  /** Whether the object has ended. */
  get isComplete(): boolean {
    return this.#span.isComplete;
  }

  /** Whether it is known to be a call. */
  get isCall(): boolean {
    return this.#numPassed !== null;
  }

  /** All of it. */
  get text(): string {
    return this.#text;
  }

  /**
   * Takes more text; the first of all begins with the object's brace.
   *
   * @param text The text.
   * @returns What it adds to the call, and what of it lies behind the object.
   */
  push(
    text: string,
  ): { readonly part: CallPart | null; readonly rest: string } {
    const length = this.#span.push(text);
    this.#text += text.slice(0, length);
    return { part: this.#read(), rest: text.slice(length) };
  }

  #read(): CallPart | null {
    if (this.#numPassed !== null) {
      return { args: this.#passOn(this.#numPassed) };
    }
    const match = HEAD.exec(this.#text);
    if (match !== null) {
      const name: unknown = JSON.parse(match[1] ?? "");
      if (typeof name === "string" && this.#tools.has(name)) {
        return { name, args: this.#passOn(match[0].length) };
      }
    }
    return this.isComplete ? this.#readWhole() : null;
  }

  #passOn(from: number): string {
    const rest = this.#text.slice(from);
    this.#numPassed = this.#text.length;
    return rest.slice(0, this.#argsSpan.push(rest));
  }

  /** Reads an object whose fields are in another order, or whose arguments are text. */
  #readWhole(): CallPart | null {
    const call = parse(this.#text);
    if (!isJsonObject(call)) return null;
    const { name, arguments: args = call.parameters ?? {} } = call;
    if (typeof name !== "string" || !this.#tools.has(name)) return null;
    this.#numPassed = this.#text.length;
    return {
      name,
      args: typeof args === "string" ? args : JSON.stringify(args),
    };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What a model writes need not be JSON: it is no call then.
    return null;
  }
}
