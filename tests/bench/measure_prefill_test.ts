import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { measurePrefill } from "../../bench/measure_prefill.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);

Deno.test("measurePrefill() counts what products take, and times it below what the device can compute", async () => {
  const result = await measurePrefill(STORIES, 3);
  assert(result !== null, "the device has a clock");
  const { numRows, operationsPerToken, passMs, fmaSpeed } = result;
  // D 64, 8 and 4 heads of 8, F 172, 5 layers: q, k, v, o and the three of the network.
  const attention = 64 * 64 + 2 * 64 * 32 + 64 * 64;
  assertEquals(operationsPerToken, 2 * 5 * (attention + 3 * 64 * 172));
  assertEquals([passMs.length, fmaSpeed.length], [3, 3]);
  assert(passMs.every((ms) => ms > 0));
  const speed = numRows * operationsPerToken / Math.min(...passMs) * 1000;
  assertGreater(Math.min(...fmaSpeed), 1e9);
  assertLess(speed, Math.max(...fmaSpeed));
});
