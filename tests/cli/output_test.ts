import { assertEquals, assertThrows } from "@std/assert";
import {
  withoutControls,
  writeColoured,
  writeRemark,
  writeText,
} from "../../src/cli/output.ts";

/** Takes a few bytes at a time, as a full pipe does. */
function slowFile(
  isTerminal: boolean,
): {
  writeSync(bytes: Uint8Array): number;
  isTerminal(): boolean;
  text(): string;
} {
  const taken: number[] = [];
  return {
    writeSync(bytes) {
      taken.push(...bytes.subarray(0, 3));
      return Math.min(3, bytes.length);
    },
    isTerminal: () => isTerminal,
    text: () => new TextDecoder().decode(Uint8Array.from(taken)),
  };
}

const BROKEN = {
  writeSync(): number {
    throw new Deno.errors.BrokenPipe("gone");
  },
  isTerminal: () => false,
};

Deno.test("writeText() writes all of a text, whatever the file takes at once", () => {
  const file = slowFile(false);
  writeText("Once upon a tïme\x1b[2J", file);
  assertEquals(file.text(), "Once upon a tïme\x1b[2J");
});

Deno.test("writeText() keeps a model's text from driving a terminal", () => {
  const file = slowFile(true);
  writeText("a\tb\n\x1b]0;title\x07\r\u202e\u009b", file);
  assertEquals(file.text(), "a\tb\n�]0;title����");
});

Deno.test("writeColoured() colours a text, which cannot do so itself", () => {
  const file = slowFile(true);
  writeColoured("a\x1b[0mb", "\x1b[32m", file);
  assertEquals(file.text(), "\x1b[32ma\ufffd[0mb\x1b[0m");
});

Deno.test("withoutControls() leaves languages and emoji alone", () => {
  const text = "Grüße, 你好, עברית, 👩‍👩‍👧 — “ok”\n";
  assertEquals(withoutControls(text), text);
});

Deno.test("writeText() says when the reader has gone, writeRemark() does not mind", () => {
  assertThrows(() => writeText("x", BROKEN), Deno.errors.BrokenPipe);
  writeRemark("x", BROKEN);
});
