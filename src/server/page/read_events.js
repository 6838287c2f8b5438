// @ts-check
/// <reference lib="dom" />

/**
 * Reads server-sent events as the HTML standard defines them. `EventSource` would, but it can send no question along.
 *
 * @param {ReadableStream<Uint8Array<ArrayBuffer>>} body What a server sends.
 * @returns {AsyncGenerator<string, void, undefined>} The data of each event; names, ids and comments are left out.
 */
export async function* readEvents(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  /** @type {string[]} */
  let dataLines = [];
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) return;
      held += value;
      // A carriage return that ends a piece may be half of a line's end.
      const lines = held.split(/\r\n|\n|\r(?!$)/);
      held = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "" && dataLines.length > 0) {
          yield dataLines.join("\n");
          dataLines = [];
        } else if (/^data(?::|$)/.test(line)) {
          dataLines.push(line.slice("data:".length).replace(/^ /, ""));
        }
      }
    }
  } finally {
    // Leaving early ends the request; a stream that has failed cannot be cancelled.
    await reader.cancel().catch(() => {});
  }
}
