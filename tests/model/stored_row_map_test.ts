import { assertEquals } from "@std/assert";
import { storedRowMap } from "../../src/model/stored_row_map.ts";

Deno.test("storedRowMap() leaves rows that are stored in order where they go", () => {
  const map = Uint32Array.of(5, 3, 1);
  assertEquals(storedRowMap({}, map), map);
});

Deno.test("storedRowMap() says where the rows of each head go that are stored in pairs", () => {
  // Two heads of 6: stored are rows 0 and 3, 1 and 4, 2 and 5 of each.
  const map = Uint32Array.from({ length: 12 }, (_, row) => 100 + row);
  assertEquals([...storedRowMap({ pairedHeadDim: 6 }, map)], [
    ...[100, 103, 101, 104, 102, 105],
    ...[106, 109, 107, 110, 108, 111],
  ]);
});
