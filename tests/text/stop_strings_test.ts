import { assertEquals, assertThrows } from "@std/assert";
import { type StopResult, StopStrings } from "../../src/text/mod.ts";
import { Random } from "./random.ts";

/** What push() gives for every piece, and at last flush(). */
function run(
  stops: readonly string[],
  pieces: readonly string[],
): StopResult[] {
  const matcher = new StopStrings(stops);
  return [...pieces.map((piece) => matcher.push(piece)), matcher.flush()];
}

function shown(results: readonly StopResult[]): StopResult {
  return {
    text: results.map(({ text }) => text).join(""),
    stopped: results.some(({ stopped }) => stopped),
  };
}

/** The text up to the first place where any stop string stands. */
function searchWhole(stops: readonly string[], text: string): StopResult {
  const starts = stops.map((stop) => text.indexOf(stop)).filter((at) =>
    at >= 0
  );
  return starts.length === 0
    ? { text, stopped: false }
    : { text: text.slice(0, Math.min(...starts)), stopped: true };
}

const go = (text: string): StopResult => ({ text, stopped: false });
const end = (text: string): StopResult => ({ text, stopped: true });

Deno.test("StopStrings.push() lets all pass without a stop string", () => {
  assertEquals(run([], ["a", "", "bc"]), [go("a"), go(""), go("bc"), go("")]);
});

Deno.test("StopStrings.push() ends before a stop string in one piece", () => {
  assertEquals(run(["END"], ["one END two"]), [end("one "), end("")]);
  assertEquals(run(["END"], ["END"]), [end(""), end("")]);
});

Deno.test("StopStrings.push() finds a stop string across pieces", () => {
  assertEquals(run(["\nUser:"], ["Hi!\nUs", "er", ": x", "y"]), [
    go("Hi!"),
    go(""),
    end(""),
    end(""),
    end(""),
  ]);
  assertEquals(run(["aab"], ["a", "a", "a", "b"]), [
    go(""),
    go(""),
    go("a"),
    end(""),
    end(""),
  ]);
});

Deno.test("StopStrings.push() gives back what turned out to be no stop string", () => {
  assertEquals(run(["abc"], ["xab", "d"]), [go("x"), go("abd"), go("")]);
  assertEquals(run(["abc"], ["xab"]), [go("x"), go("ab")]);
});

Deno.test("StopStrings.push() lets the stop string that starts first decide", () => {
  assertEquals(run(["b", "abc"], ["ab", "c"]), [go(""), end(""), end("")]);
  assertEquals(run(["b", "abc"], ["ab", "d"]), [go(""), end("a"), end("")]);
  assertEquals(run(["b", "abc"], ["ab"]), [go(""), end("a")]);
  assertEquals(run(["ab", "abc"], ["xab", "c"]), [end("x"), end(""), end("")]);
});

Deno.test("StopStrings.isStopped says whether a stop string was found", () => {
  const matcher = new StopStrings(["."]);
  matcher.push("a");
  assertEquals(matcher.isStopped, false);
  matcher.push(".");
  assertEquals(matcher.isStopped, true);
});

Deno.test("StopStrings shows what a search of the whole text shows, wherever pieces end", () => {
  const random = new Random(6);
  const letters = ["a", "b", "c"];
  for (let round = 0; round < 20_000; round++) {
    const stops = Array.from(
      { length: random.below(4) },
      () => random.text(letters, 4),
    ).filter((stop) => stop !== "");
    const pieces = Array.from(
      { length: random.below(10) },
      () => random.text(letters, 4),
    );
    assertEquals(
      shown(run(stops, pieces)),
      searchWhole(stops, pieces.join("")),
      JSON.stringify({ stops, pieces }),
    );
  }
});

Deno.test("StopStrings.push() holds back no more than could be a stop string's beginning", () => {
  const random = new Random(7);
  for (let round = 0; round < 2000; round++) {
    const stops = [
      random.text(["a", "b"], 4) + "a",
      random.text(["b"], 3) + "b",
    ];
    const matcher = new StopStrings(stops);
    let text = "";
    let numShown = 0;
    for (let n = 0; n < 12; n++) {
      const piece = random.text(["a", "b", "c"], 2);
      text += piece;
      const result = matcher.push(piece);
      if (result.stopped) break;
      numShown += result.text.length;
      const held = text.slice(numShown);
      const isBeginning = stops.some((stop) =>
        stop.length > held.length && stop.startsWith(held)
      );
      assertEquals(held === "" || isBeginning, true);
    }
  }
});

Deno.test("StopStrings refuses an empty string", () => {
  const error = assertThrows(() => new StopStrings(["a", ""]), RangeError);
  assertEquals(
    error.message,
    'Cannot stop at stop[1] as it must not be empty: got ""',
  );
});

Deno.test("StopStrings refuses what is no string", () => {
  const stops: string[] = JSON.parse("[1]");
  const error = assertThrows(() => new StopStrings(stops), TypeError);
  assertEquals(
    error.message,
    "Cannot stop at stop[0] as it must be a string: got number",
  );
});
