/**
 * The tokenizer and the reference implementation agree; `reference/make_vectors.py` makes the vectors.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Tokenizer } from "../../src/text/mod.ts";
import { type Json, readStories } from "./fixtures.ts";

interface Reference {
  readonly byteLevel: Json;
  readonly cases: ReadonlyArray<{
    readonly name: string;
    readonly base: "byteLevel" | "stories260k";
    readonly parts: Json;
    readonly vectors: ReadonlyArray<{
      readonly text: string;
      readonly ids: string;
      readonly decoded: string;
    }>;
  }>;
}

const { byteLevel, cases }: Reference = JSON.parse(
  Deno.readTextFileSync(new URL("reference/vectors.json", import.meta.url)),
);

for (const { name, base, parts, vectors } of cases) {
  Deno.test(`Tokenizer agrees with the reference implementation: ${name}`, () => {
    const json = base === "byteLevel"
      ? byteLevel
      : readStories("tokenizer.json");
    const tokenizer = new Tokenizer({ json: { ...json, ...parts }, name });
    for (const { text, ids, decoded } of vectors) {
      const found = tokenizer.encode(text);
      assertEquals(found.join(" "), ids, text);
      assertEquals(tokenizer.decode(found), decoded, text);
    }
  });
}
