/**
 * The packages under `links/` stand in for JSR's: these tests hold for the real ones too.
 *
 * @module
 */

import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertExists,
  assertGreater,
  assertGreaterOrEqual,
  assertInstanceOf,
  AssertionError,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
  fail,
  unreachable,
} from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";
import { ProgressBar } from "@std/cli/unstable-progress-bar";
import { TextLineStream, toText } from "@std/streams";

function assertFails(fn: () => unknown, msgIncludes?: string): void {
  assertThrows(fn, AssertionError, msgIncludes);
}

Deno.test("assertEquals() compares numbers by value, zeros and NaNs alike", () => {
  assertEquals(0, -0);
  assertEquals(NaN, NaN);
  assertEquals(new Float32Array([0, NaN]), new Float32Array([-0, NaN]));
  assertFails(() => assertEquals(1, 2), "Values are not equal");
  assertFails(() => assertEquals(1, 1n as unknown));
});

Deno.test("assertEquals() compares nested values", () => {
  assertEquals({ a: [1, { b: 2 }], c: new Map([["x", new Set([1])]]) }, {
    c: new Map([["x", new Set([1])]]),
    a: [1, { b: 2 }],
  });
  assertFails(() => assertEquals({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }));
  assertFails(() => assertEquals<unknown>({ a: undefined }, {}));
  assertFails(() => assertEquals<unknown>({ a: undefined }, { b: undefined }));
  assertFails(() => assertEquals([1, 2], [1, 2, 3]));
  assertFails(() =>
    assertEquals(new Map([[{ a: 1 }, 1]]), new Map([[{ a: 1 }, 2]]))
  );
  assertEquals(new Map([[{ a: 1 }, 1]]), new Map([[{ a: 1 }, 1]]));
});

Deno.test("assertEquals() tells types apart", () => {
  assertEquals(Object.assign(Object.create(null), { a: 1 }), { a: 1 });
  assertFails(() =>
    assertEquals<unknown>(new Float32Array(1), new Uint32Array(1))
  );
  assertFails(() => assertEquals<unknown>([], {}));
  assertFails(() => assertEquals<unknown>(null, undefined));
  assertFails(() =>
    assertEquals(new Uint8Array([1]).buffer, new Uint8Array([2]).buffer)
  );
  assertFails(() => assertEquals(new Date(1), new Date(2)));
  assertFails(() => assertEquals(/a/, /b/));
});

Deno.test("assertEquals() shows what differs and the caller's message", () => {
  const error = assertThrows(
    () => assertEquals([1, 2], [1, 3], "of the sample"),
    AssertionError,
    "of the sample",
  );
  assertMatch(error.message, /2/);
  assertMatch(error.message, /3/);
});

Deno.test("assertNotEquals() is the opposite of assertEquals()", () => {
  assertNotEquals([1], [2]);
  assertFails(() => assertNotEquals([1], [1]));
});

Deno.test("assertAlmostEquals() takes a tolerance, else 1e-7 of what is expected", () => {
  assertAlmostEquals(1, 1.05, 0.1);
  assertAlmostEquals(1 + 5e-8, 1);
  assertFails(() => assertAlmostEquals(1 + 2e-7, 1), "to be close to");
  assertFails(() => assertAlmostEquals(NaN, 1, 1));
});

Deno.test("assertGreater() and its kin order values", () => {
  assertGreater(2, 1);
  assertGreaterOrEqual(1, 1);
  assertLess(1, 2);
  assertLessOrEqual(1, 1);
  assertFails(() => assertGreater(1, 1), "Expect 1 > 1");
  assertFails(() => assertGreaterOrEqual(0, 1), "Expect 0 >= 1");
  assertFails(() => assertLess(1, 1), "Expect 1 < 1");
  assertFails(() => assertLessOrEqual(2, 1), "Expect 2 <= 1");
});

Deno.test("assertExists(), assertInstanceOf() and assert() narrow a type", () => {
  const value: unknown = new RangeError("x");
  assertInstanceOf(value, RangeError);
  assertEquals(value.message, "x");
  assertFails(() => assertInstanceOf({}, RangeError), "RangeError");
  const text: string | undefined = ["a"][0];
  assertExists(text);
  assert(text.length === 1);
  assertFails(() => assertExists(null));
  assertFails(() => assert(0, "zero"), "zero");
});

Deno.test("assertMatch() and assertStringIncludes() search a text", () => {
  assertMatch("shape [2, 3]", /\[\d, \d\]/);
  assertStringIncludes("shape [2, 3]", "[2, 3]");
  assertFails(() => assertMatch("shape", /\d/));
  assertFails(() => assertStringIncludes("shape", "size"));
});

Deno.test("assertThrows() checks class and message, and returns the error", () => {
  function throwRangeError(): never {
    throw new RangeError("Cannot count");
  }
  const error: RangeError = assertThrows(throwRangeError, RangeError, "count");
  assertEquals(error.message, "Cannot count");
  assertThrows(throwRangeError);
  assertFails(() => assertThrows(() => {}), "Expected function to throw");
  assertFails(() => assertThrows(throwRangeError, TypeError));
  assertFails(() => assertThrows(throwRangeError, RangeError, "sum"));
  assertFails(() => fail("here"), "Failed assertion: here");
  assertFails(() => unreachable(), "Unreachable");
});

Deno.test("assertRejects() tells a rejection from a throw", async () => {
  const error = await assertRejects(
    () => Promise.reject(new TypeError("no")),
    TypeError,
    "no",
  );
  assertEquals(error.message, "no");
  await assertRejects(
    () => assertRejects(() => Promise.resolve(1)),
    AssertionError,
    "Expected function to reject",
  );
  await assertRejects(
    () =>
      assertRejects(() => {
        throw new TypeError("at once");
      }),
    AssertionError,
    "Function throws when expected to reject",
  );
});

Deno.test("parseArgs() takes values after a blank or an equals sign", () => {
  const args = parseArgs([
    "run",
    "--model=a=b",
    "--name",
    "c d",
    "--num",
    "3",
    "x",
  ], {
    string: ["model", "name"],
  });
  const model: string | undefined = args.model;
  assertEquals(model, "a=b");
  assertEquals(args, { _: ["run", "x"], model: "a=b", name: "c d", num: 3 });
});

Deno.test("parseArgs() keeps strings and guesses at numbers", () => {
  assertEquals(
    parseArgs(["--a", "1", "--b", "1", "2", "0x10", "1a"], { string: ["a"] }),
    {
      a: "1",
      b: 1,
      _: [2, 16, "1a"],
    },
  );
  assertEquals(parseArgs(["1", "2"], { string: ["_"] })._, ["1", "2"]);
  assertEquals(parseArgs(["--a"], { string: ["a"] }).a, "");
});

Deno.test("parseArgs() does not give a flag the next argument", () => {
  const args = parseArgs(["--json", "file", "--raw=false"], {
    boolean: ["json", "raw", "quiet"],
  });
  const json: boolean = args.json;
  assertEquals(json, true);
  assertEquals(args, { json: true, raw: false, quiet: false, _: ["file"] });
  assertEquals(
    parseArgs(["--json", "false"], { boolean: ["json"] }).json,
    false,
  );
  assertEquals(parseArgs(["--a", "b"], { boolean: true }), {
    a: true,
    _: ["b"],
  });
});

Deno.test("parseArgs() keeps the last of repeated options, or collects them", () => {
  assertEquals(parseArgs(["--a", "x", "--a", "y"], { string: ["a"] }).a, "y");
  const args = parseArgs(["--stop", "x", "--stop=y"], {
    string: ["stop", "none"],
    collect: ["stop", "none"],
  });
  const stop: string[] = args.stop;
  assertEquals(stop, ["x", "y"]);
  assertEquals(args.none, []);
});

Deno.test("parseArgs() knows aliases, also of single letters", () => {
  const args = parseArgs(["-m", "dir", "-h"], {
    string: ["model"],
    boolean: ["help"],
    alias: { model: "m", help: ["h", "?"] },
  });
  const help: boolean = args.h;
  assertEquals(help, true);
  assertEquals(args, {
    model: "dir",
    m: "dir",
    help: true,
    h: true,
    "?": true,
    _: [],
  });
  assertEquals(parseArgs(["-n5", "-abc", "-d=x"]), {
    n: 5,
    a: true,
    b: true,
    c: true,
    d: "x",
    _: [],
  });
});

Deno.test("parseArgs() fills in defaults where an option is absent", () => {
  const args = parseArgs(["--a", "x"], {
    string: ["a", "b", "c"],
    boolean: ["d"],
    default: { a: "1", b: "2", d: true },
  });
  const b: string = args.b;
  assertEquals(b, "2");
  assertEquals(args, { a: "x", b: "2", d: true, _: [] });
});

Deno.test("parseArgs() turns off only what is negatable", () => {
  const options = {
    boolean: ["colour"],
    negatable: ["colour"],
    default: { colour: true },
  } as const;
  assertEquals(parseArgs(["--no-colour"], options), { colour: false, _: [] });
  assertEquals(parseArgs([], options), { colour: true, _: [] });
  assertEquals(parseArgs(["--no-colour"]), { "no-colour": true, _: [] });
});

Deno.test("parseArgs() leaves what follows -- alone", () => {
  assertEquals(parseArgs(["--a", "--", "--b", "1"]), {
    a: true,
    _: ["--b", "1"],
  });
  const args = parseArgs(["x", "--", "--b"], { "--": true });
  const rest: string[] = args["--"];
  assertEquals(rest, ["--b"]);
  assertEquals(args._, ["x"]);
});

Deno.test("parseArgs() stops early when told to", () => {
  assertEquals(
    parseArgs(["--a", "--b=1", "go", "--c", "2"], {
      boolean: ["a"],
      stopEarly: true,
    }),
    {
      a: true,
      b: 1,
      _: ["go", "--c", "2"],
    },
  );
});

Deno.test("parseArgs() asks about options that nobody described", () => {
  const seen: unknown[] = [];
  const args = parseArgs(["--a", "1", "--b=2", "-c", "file", "--a="], {
    string: ["a"],
    unknown(arg, key, value) {
      seen.push([arg, key, value]);
      return key === undefined;
    },
  });
  assertEquals(seen, [
    ["--b=2", "b", "2"],
    ["-c", "c", "file"],
    ["--a=", "a=", true],
  ]);
  assertEquals(args, { a: "1", _: [] });
});

/** A stream that keeps what is written to it. */
function memoryStream(): {
  readonly stream: WritableStream<Uint8Array>;
  text: () => string;
} {
  const decoder = new TextDecoder();
  let text = "";
  const stream = new WritableStream<Uint8Array>({
    write(chunk) {
      text += decoder.decode(chunk, { stream: true });
    },
  });
  return { stream, text: () => text };
}

Deno.test("ProgressBar draws at its start and at its stop", async () => {
  const { stream, text } = memoryStream();
  const bar = new ProgressBar({
    writable: stream,
    max: 4 * 2 ** 20,
    barLength: 4,
  });
  bar.value = 3 * 2 ** 20;
  await bar.stop();
  assertEquals(
    text(),
    "\r\u001b[K[00:00] [----] [0.00/4.00 MiB]" +
      "\r\u001b[K[00:00] [###-] [3.00/4.00 MiB]\n",
  );
});

Deno.test("ProgressBar clears its line and uses a formatter", async () => {
  const { stream, text } = memoryStream();
  const bar = new ProgressBar({
    writable: stream,
    max: 2,
    value: 1,
    clear: true,
    formatter: ({ value, max }) => `${value} of ${max}`,
  });
  await bar.stop();
  assertEquals(text(), "\r\u001b[K1 of 2\r\u001b[K");
  assertEquals(stream.locked, false);
});

Deno.test("TextLineStream joins the parts of a line", async () => {
  const lines = await Array.fromAsync(
    ReadableStream.from(["a\nb", "c\r", "\nd\n\n", "e"]).pipeThrough(
      new TextLineStream(),
    ),
  );
  assertEquals(lines, ["a", "bc", "d", "", "e"]);
});

Deno.test("TextLineStream splits at a lone return when allowed", async () => {
  const lines = await Array.fromAsync(
    ReadableStream.from(["a\rb\r", "\nc\r"]).pipeThrough(
      new TextLineStream({ allowCR: true }),
    ),
  );
  assertEquals(lines, ["a", "b", "c"]);
});

Deno.test("toText() reads strings and bytes", async () => {
  assertEquals(await toText(ReadableStream.from(["é", "ß"])), "éß");
  const bytes = new TextEncoder().encode("é");
  const halves = ReadableStream.from([bytes.slice(0, 1), bytes.slice(1)]);
  assertEquals(await toText(halves), "é");
});
