import { assertEquals } from "@std/assert";
import {
  formatBytes,
  formatColumns,
  formatCount,
} from "../../src/cli/format.ts";

Deno.test("formatBytes() chooses the unit", () => {
  const cases: [number, string][] = [
    [0, "0 bytes"],
    [1023, "1023 bytes"],
    [1024, "1.0 KiB"],
    [1536, "1.5 KiB"],
    [2 ** 20, "1.0 MiB"],
    [2 ** 30 * 3.25, "3.3 GiB"],
    [2 ** 50, "1024.0 TiB"],
  ];
  for (const [numBytes, text] of cases) {
    assertEquals(formatBytes(numBytes), text);
  }
});

Deno.test("formatCount() separates thousands", () => {
  assertEquals([0, 999, 1000, 1234567].map(formatCount), [
    "0",
    "999",
    "1,000",
    "1,234,567",
  ]);
});

Deno.test("formatColumns() aligns to the widest cell", () => {
  assertEquals(formatColumns([["a", "1"], ["bcd", "22"]], "lr"), [
    "a     1",
    "bcd  22",
  ]);
  assertEquals(formatColumns([["a", ""], ["b", "c"]]), ["a", "b  c"]);
  assertEquals(formatColumns([]), []);
});
