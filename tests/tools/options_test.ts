import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../src/cli/usage_error.ts";
import {
  readInteger,
  readNumber,
  readText,
  refuseOption,
} from "../../tools/options.ts";
import { readBackend } from "../../tools/pretrain/read_backend.ts";

Deno.test("options are read as what they must be", () => {
  assertEquals(readText("out", "x"), "x");
  assertEquals(readNumber("minutes", "0.5"), 0.5);
  assertEquals(readNumber("minutes", undefined), null);
  assertEquals(readInteger("steps", "3"), 3);
  assertEquals(readBackend(undefined), "auto");
  assertEquals(readBackend("wasm"), "wasm");
});

Deno.test("options that are missing or wrong are refused", () => {
  const cases: Array<[() => unknown, string]> = [
    [() => readText("out", undefined), "--out must be given: found none"],
    [() => readText("out", ""), "--out must be given: found none"],
    [() => readNumber("minutes", "0"), 'a number above 0: found "0"'],
    [() => readNumber("minutes", "x"), 'a number above 0: found "x"'],
    [() => readNumber("minutes", ""), 'a number above 0: found ""'],
    [() => readNumber("minutes", "Infinity"), 'found "Infinity"'],
    [
      () => readInteger("steps", "1.5"),
      "--steps must be an integer: found 1.5",
    ],
    [() => readBackend("cpu"), 'auto, webgpu, wasm: found "cpu"'],
    [() => refuseOption("--what"), 'found "--what"'],
  ];
  for (const [read, message] of cases) assertThrows(read, UsageError, message);
});
