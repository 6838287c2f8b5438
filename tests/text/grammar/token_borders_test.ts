import { assert, assertEquals } from "@std/assert";
import {
  isPartOfText,
  TokenBorders,
} from "../../../src/text/grammar/token_borders.ts";
import { byteLevelTokenizer } from "../fixtures.ts";

Deno.test("TokenBorders.forbidden() names tokens that would make no UTF-8, or lose a space", () => {
  const tokenizer = byteLevelTokenizer();
  const borders = new TokenBorders(tokenizer, 304);
  const idsBehind = (last: number | null): number[] => {
    const mask = borders.forbidden(last) ?? new Uint32Array(10);
    return Array.from({ length: 320 }, (_, id) => id)
      .filter((id) => ((mask[id >> 5] ?? 0) >>> (id & 31) & 1) === 1);
  };
  for (let last = 0; last < 256; last++) {
    // Of what begins with a byte that continues a character, what TextDecoder refuses behind this one.
    const refused = Array.from({ length: 304 }, (_, id) => id).filter((id) => {
      const [first = 0] = tokenizer.tokenBytes(id);
      return last >= 0xe0 && last <= 0xf4 && (first & 0xc0) === 0x80 &&
        !isPartOfText(Uint8Array.of(last, first));
    });
    assertEquals(idsBehind(last), refused, `behind ${last}`);
  }
  const spaced = idsBehind(null);
  assertEquals(
    spaced,
    Array.from({ length: 304 }, (_, id) => id)
      .filter((id) => tokenizer.decode([id]).startsWith(" ")),
  );
  assert(spaced.length > 1);
});

Deno.test("isPartOfText() takes what a text can be cut into, and nothing else", () => {
  const whole = new TextEncoder().encode("aé日😀");
  for (let from = 0; from < whole.length; from++) {
    for (let to = from; to <= whole.length; to++) {
      assert(isPartOfText(whole.slice(from, to)));
    }
  }
  for (
    const bytes of [
      [0xc0, 0x80],
      [0xff],
      [0xe9, 0x61],
      [0xed, 0xa0],
      [0x80, 0x80, 0x80, 0x80],
      [0x61, 0x80],
    ]
  ) assertEquals(isPartOfText(Uint8Array.from(bytes)), false, String(bytes));
});
