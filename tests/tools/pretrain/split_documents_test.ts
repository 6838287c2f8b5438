import { assertEquals, assertThrows } from "@std/assert";
import { splitDocuments } from "../../../tools/pretrain/split_documents.ts";

const LIMITS = { vocabSize: 10, maxTokens: 3 };

function split(dtype: "U16" | "I16", ...ids: number[]): number[][] {
  const bytes = new Uint8Array(Uint16Array.from(ids).buffer);
  return splitDocuments({ name: "train", file: "f", dtype, bytes }, LIMITS)
    .map((document) => [...document]);
}

Deno.test("splitDocuments() tells documents apart by their begin tokens", () => {
  assertEquals(split("U16", 0, 5, 9, 0, 0, 7), [[0, 5, 9], [0], [0, 7]]);
});

Deno.test("splitDocuments() refuses what is not ids of the vocabulary", () => {
  const cases: Array<[() => unknown, string]> = [
    [() => split("U16"), "it must begin with 0: found nothing"],
    [() => split("I16", 0), "it must be U16: found I16"],
    [() => split("U16", 1, 0), "it must begin with 0: found 1"],
    [() => split("U16", 0, 10), "its ids must be below 10: found 10"],
    [() => split("U16", 0, 1, 1, 1), "at most 3 ids: found 4"],
  ];
  for (const [fn, message] of cases) assertThrows(fn, RangeError, message);
});
