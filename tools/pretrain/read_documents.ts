import { BEGIN_ID } from "../tokenizer/chat_form.ts";

/**
 * Reads what `prepare.ts` wrote: token ids of 16 bits, each document begun by the begin token.
 *
 * @param path The file.
 * @param limits Sizes that the documents must keep.
 * @throws {RangeError} The file holds no such ids.
 */
export async function readDocuments(
  path: string,
  limits: { readonly vocabSize: number; readonly maxTokens: number },
): Promise<Uint16Array[]> {
  const fail = (rule: string, found: unknown): never => {
    throw new RangeError(`Cannot read ${path} as ${rule}: found ${found}`);
  };
  const bytes = await Deno.readFile(path);
  if (bytes.length === 0 || bytes.length % 2 !== 0) {
    fail("it must hold ids of two bytes", `${bytes.length} bytes`);
  }
  const ids = new Uint16Array(bytes.buffer);
  if (ids[0] !== BEGIN_ID) fail(`it must begin with ${BEGIN_ID}`, ids[0]);
  const largest = ids.reduce((most, id) => Math.max(most, id), 0);
  if (largest >= limits.vocabSize) {
    fail(`ids must be below ${limits.vocabSize}`, largest);
  }
  const documents: Uint16Array[] = [];
  for (let start = 0; start < ids.length;) {
    const next = ids.indexOf(BEGIN_ID, start + 1);
    const end = next === -1 ? ids.length : next;
    documents.push(ids.subarray(start, end));
    start = end;
  }
  const longest = documents.reduce(
    (most, { length }) => Math.max(most, length),
    0,
  );
  if (longest > limits.maxTokens) {
    fail(`documents must have at most ${limits.maxTokens} ids`, longest);
  }
  return documents;
}
