import { assertEquals } from "@std/assert";
import { parsePickle } from "../../src/checkpoint/pickle.ts";
import { assertError } from "./assert_error.ts";
import {
  assertRefused,
  FLOATS,
  ORDERED,
  parse,
  type PickleCase,
  tuple,
} from "./pickle_cases.ts";
import { OP, uint32 } from "./pickle_writer.ts";

Deno.test("parsePickle() reads each opcode of a state dict", () => {
  assertEquals(parse(OP.none), "None");
  assertEquals(parse(OP.true), "True");
  assertEquals(parse(OP.false), "False");
  assertEquals(parse(OP.int(255)), "255");
  assertEquals(parse([0x4d, 0xff, 0xff]), "65535");
  assertEquals(parse([0x4a, ...uint32(0xfffffffe)]), "-2");
  assertEquals(parse([0x8a, 0]), "0");
  assertEquals(parse([0x8a, 1, 0xff]), "-1");
  assertEquals(parse([0x8a, 5, 0, 0, 0, 0, 1]), String(2 ** 32));
  assertEquals(
    parse([0x8a, 7, 255, 255, 255, 255, 255, 255, 31]),
    String(2 ** 53 - 1),
  );
  assertEquals(parse(OP.text("größe")), '"größe"');
  assertEquals(parse(OP.emptyTuple), "a tuple of 0");
  assertEquals(parse(OP.none, OP.tuple1), "a tuple of 1");
  assertEquals(parse(OP.none, OP.none, OP.tuple2), "a tuple of 2");
  assertEquals(parse(OP.none, OP.none, OP.none, OP.tuple3), "a tuple of 3");
  assertEquals(
    parse(tuple(OP.none, OP.none, OP.none, OP.none)),
    "a tuple of 4",
  );
  assertEquals(parse(OP.emptyDict), "a dict");
  assertEquals(parse(ORDERED), "an OrderedDict");
  assertEquals(parse(FLOATS), '"torch.FloatStorage"');
  assertEquals(
    parse(OP.int(7), OP.keep(9), OP.recall(9), OP.tuple2),
    "a tuple of 2",
  );
  assertEquals(
    parse(OP.int(7), [0x72, ...uint32(300)], [0x6a, ...uint32(300)], OP.tuple2),
    "a tuple of 2",
  );
});

const BOUNDS: readonly PickleCase[] = [
  [[[0x58, ...uint32(0xffffffff)]], [
    SyntaxError,
    "hold the 4294967295 bytes it announces: found 1",
  ]],
  [[[0x58, ...uint32(2), 0xff, 0xfe]], [
    SyntaxError,
    "have texts in UTF-8: found other bytes",
  ]],
  [[[0x8a, 255]], [SyntaxError, "hold the 255 bytes it announces: found 1"]],
  [[[0x8a, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1]], [
    SyntaxError,
    "have integers of at most 8 bytes: found 9",
  ]],
  [[[0x8a, 8, 0, 0, 0, 0, 0, 0, 0, 1]], [
    SyntaxError,
    `have integers below 2^53: found ${2 ** 56}`,
  ]],
  [[[0x63, 0x6f, 0x73]], [
    SyntaxError,
    "end its lines: found the end of the file",
  ]],
  [[Array(33).fill(0x28)], [SyntaxError, "nest at most 32 deep: found more"]],
  [[Array(2 ** 16 + 1).fill(0x7d)], [
    SyntaxError,
    "make at most 65536 values: found more",
  ]],
  [[OP.none, [0x72, ...uint32(0xffffffff)]], [
    SyntaxError,
    "keep at most 65536 values: found 4294967295",
  ]],
  [[OP.recall(3)], [SyntaxError, "recall what it keeps: found number 3"]],
  [[OP.keep(3)], [SyntaxError, "have a value on its stack: found none"]],
  [[OP.none, OP.tuple2], [
    SyntaxError,
    "have a value on its stack: found none",
  ]],
  [[OP.none, OP.mark, OP.tuple1], [
    SyntaxError,
    "have a value on its stack: found none",
  ]],
  [[OP.none, OP.mark, OP.keep(0)], [
    SyntaxError,
    "have a value on its stack: found none",
  ]],
  [[OP.none, OP.tuple], [SyntaxError, "have a mark on its stack: found none"]],
  [[], [SyntaxError, "have a value on its stack: found none"]],
  [[OP.none, OP.none], [SyntaxError, "end with its value: found more"]],
  [[OP.mark, OP.none], [SyntaxError, "end with its value: found more"]],
  [[OP.none, OP.stop, OP.none], [
    SyntaxError,
    "end with its value: found more",
  ]],
];

Deno.test("parsePickle() refuses what is cut short, too large or ends elsewhere", () => {
  assertRefused(BOUNDS);
});

Deno.test("parsePickle() refuses other protocols and texts", () => {
  const start = 'Cannot read "m.bin" as its pickle must';
  for (const protocol of [0, 1, 3, 4, 5]) {
    const pickle = Uint8Array.of(0x80, protocol, 0x4e, 0x2e);
    assertError(() => parsePickle(pickle, "m.bin"), [
      SyntaxError,
      `${start} be of protocol 2: found protocol ${protocol} at offset 2`,
    ]);
  }
  assertError(() => parsePickle(Uint8Array.of(0x4e, 0x2e), "m.bin"), [
    SyntaxError,
    `${start} begin with PROTO: found opcode 78 at offset 1`,
  ]);
  assertError(() => parsePickle(new Uint8Array(), "m.bin"), [
    SyntaxError,
    `${start} hold the 1 bytes it announces: found 0 at offset 0`,
  ]);
});

Deno.test("parsePickle() takes no time or memory for tuples that double and dicts that hold themselves", () => {
  // As a tree it would have 2^100 leaves.
  const doubling = Array.from(
    { length: 100 },
    () => [...OP.keep(0), ...OP.recall(0), ...OP.tuple2],
  );
  assertEquals(parse(OP.none, ...doubling), "a tuple of 2");
  assertEquals(
    parse(OP.emptyDict, OP.keep(0), OP.text("self"), OP.recall(0), OP.setItem),
    "a dict",
  );
  const nested = Array.from({ length: 60_000 }, () => OP.tuple1);
  assertEquals(parse(OP.none, ...nested), "a tuple of 1");
});
