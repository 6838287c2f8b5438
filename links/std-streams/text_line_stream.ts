/** Options of {@linkcode TextLineStream}. */
export interface TextLineStreamOptions {
  /** Splits at a lone `\r` too. */
  allowCR?: boolean;
}

/** Turns chunks of text into lines, without their `\n` or `\r\n`. */
export class TextLineStream extends TransformStream<string, string> {
  #rest = "";

  constructor(options: TextLineStreamOptions = { allowCR: false }) {
    // A `\r` that ends the chunk may be half of a `\r\n`, so it waits for the next one.
    const lineEnd = options.allowCR ? /\r\n|\n|\r(?=[^])/ : /\r?\n/;
    super({
      transform: (chunk, controller) => {
        const lines = (this.#rest + chunk).split(lineEnd);
        this.#rest = lines.pop() ?? "";
        for (const line of lines) controller.enqueue(line);
      },
      flush: (controller) => {
        if (this.#rest === "") return;
        controller.enqueue(
          options.allowCR ? this.#rest.replace(/\r$/, "") : this.#rest,
        );
      },
    });
  }
}
