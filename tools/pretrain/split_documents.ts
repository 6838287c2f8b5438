import type { ReadTensor } from "../../src/checkpoint/read_safetensors_file.ts";
import { quote } from "../../src/checkpoint/quote.ts";
import { BEGIN_ID } from "../tokenizer/chat_form.ts";

/**
 * Takes the ids of documents apart, each of which the begin token begins.
 *
 * @param tensor The ids.
 * @param limits What the documents must keep.
 * @throws {RangeError} They do not, or the tensor holds no such ids.
 */
export function splitDocuments(
  { name, file, dtype, bytes }: Pick<
    ReadTensor,
    "name" | "file" | "dtype" | "bytes"
  >,
  limits: { readonly vocabSize: number; readonly maxTokens: number },
): Uint16Array[] {
  const check = (isKept: boolean, rule: string, found: unknown): void => {
    if (isKept) return;
    throw new RangeError(
      `Cannot train on ${quote(name)} of ${
        quote(file)
      } as ${rule}: found ${found}`,
    );
  };
  check(dtype === "U16", "it must be U16", dtype);
  const ids = new Uint16Array(bytes.buffer);
  const first = ids[0] ?? "nothing";
  check(first === BEGIN_ID, `it must begin with ${BEGIN_ID}`, first);
  const largest = ids.reduce((most, id) => Math.max(most, id), 0);
  const { vocabSize, maxTokens } = limits;
  check(largest < vocabSize, `its ids must be below ${vocabSize}`, largest);
  const documents: Uint16Array[] = [];
  for (let start = 0; start < ids.length;) {
    const next = ids.indexOf(BEGIN_ID, start + 1);
    const end = next === -1 ? ids.length : next;
    documents.push(ids.subarray(start, end));
    start = end;
  }
  const lengths = documents.map(({ length }) => length);
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  const rule = `documents must have at most ${maxTokens} ids`;
  check(longest <= maxTokens, rule, longest);
  return documents;
}
