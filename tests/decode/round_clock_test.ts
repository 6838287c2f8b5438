import { assertEquals } from "@std/assert";
import { RoundClock } from "../../src/decode/round_clock.ts";

Deno.test("RoundClock knows nothing before a submission is timed", () => {
  const clock = new RoundClock();
  assertEquals([clock.roundMs, clock.idleShare], [null, null]);
  clock.add(null);
  assertEquals([clock.roundMs, clock.idleShare], [null, null]);
});

Deno.test("RoundClock takes the mean of first rounds, and what lies between submissions as idle", () => {
  const clock = new RoundClock();
  clock.add({
    beganMs: 1000,
    endedMs: 1010,
    firstRound: { verify: 3, accept: 1, draft: 2 },
  });
  assertEquals(clock.roundMs, { verify: 3, accept: 1, draft: 2 });
  assertEquals(clock.idleShare, 0);
  clock.add(null);
  clock.add({ beganMs: 1012, endedMs: 1014, firstRound: null });
  assertEquals(clock.roundMs, { verify: 3, accept: 1, draft: 2 });
  clock.add({
    beganMs: 1016,
    endedMs: 1020,
    firstRound: { verify: 5, accept: 2, draft: 0 },
  });
  assertEquals(clock.roundMs, { verify: 4, accept: 1.5, draft: 1 });
  assertEquals(clock.idleShare, 4 / 20);
});

Deno.test("RoundClock says no share of no time", () => {
  const clock = new RoundClock();
  const firstRound = { verify: 0, accept: 0, draft: 0 };
  clock.add({ beganMs: 7, endedMs: 7, firstRound });
  assertEquals([clock.roundMs, clock.idleShare], [firstRound, null]);
});
