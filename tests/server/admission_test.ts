import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Admission } from "../../src/server/admission.ts";
import { ServiceError } from "../../src/server/service_error.ts";

/** Lets everything happen that waits for nothing. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

async function refusal(entering: Promise<Disposable>): Promise<ServiceError> {
  const error = await entering.then(() => null, (error) => error);
  assert(error instanceof ServiceError, String(error));
  return error;
}

Deno.test("Admission.enter() lets so many run, so many wait, and no more, however they come and go", async () => {
  for (const maxRunning of [1, 2, 5]) {
    for (const maxQueued of [0, 1, 7]) {
      const admission = new Admission({ maxRunning, maxQueued });
      const entering = Array.from(
        { length: maxRunning + maxQueued + 4 },
        () => admission.enter(),
      );
      const refused = entering.slice(maxRunning + maxQueued);
      for (const entry of refused) {
        assertEquals((await refusal(entry)).kind, "queueFull");
      }
      assertEquals(
        [admission.numRunning, admission.numQueued],
        [maxRunning, maxQueued],
      );
      for (let left = maxRunning + maxQueued; left > 0; left--) {
        const entry = entering.shift();
        const place = await entry;
        place?.[Symbol.dispose]();
        // Who leaves twice frees one place.
        place?.[Symbol.dispose]();
        assertEquals(admission.numRunning, Math.min(maxRunning, left - 1));
        assertEquals(
          admission.numQueued,
          Math.max(0, left - 1 - maxRunning),
        );
      }
      using _place = await admission.enter();
      assertEquals(admission.numRunning, 1);
    }
  }
});

Deno.test("Admission.enter() takes those that wait in the order in which they came", async () => {
  const admission = new Admission({ maxRunning: 1, maxQueued: 10 });
  const order: number[] = [];
  await Promise.all(Array.from({ length: 6 }, async (_, index) => {
    using _place = await admission.enter();
    order.push(index);
    await settle();
  }));
  assertEquals(order, [0, 1, 2, 3, 4, 5]);
});

Deno.test("Admission.enter() gives the place in the queue up when aborted", async () => {
  const admission = new Admission({ maxRunning: 1, maxQueued: 2 });
  const place = await admission.enter();
  const controller = new AbortController();
  const leaving = admission.enter(controller.signal);
  const staying = admission.enter();
  await refusal(admission.enter());
  const reason = new Error("gone");
  controller.abort(reason);
  assertEquals(await leaving.catch((error) => error), reason);
  assertEquals(admission.numQueued, 1);
  const following = admission.enter();
  place[Symbol.dispose]();
  (await staying)[Symbol.dispose]();
  (await following)[Symbol.dispose]();
  assertEquals([admission.numRunning, admission.numQueued], [0, 0]);
  await assertRejects(() => admission.enter(AbortSignal.abort(reason)), Error);
  assertEquals(admission.numRunning, 0);
});

Deno.test("Admission.enter() hears no signal any more once the request runs", async () => {
  const admission = new Admission({ maxRunning: 1, maxQueued: 1 });
  const first = await admission.enter();
  const controller = new AbortController();
  const second = admission.enter(controller.signal);
  first[Symbol.dispose]();
  using _place = await second;
  controller.abort();
  assertEquals([admission.numRunning, admission.numQueued], [1, 0]);
});

Deno.test("Admission.enter() says when to come again, by how long requests took", async () => {
  let nowMs = 0;
  const now = (): number => nowMs;
  const admission = new Admission({ maxRunning: 2, maxQueued: 3 }, { now });
  const first = await Promise.all([admission.enter(), admission.enter()]);
  const others = [1, 2, 3].map(() => admission.enter());
  // Nobody knows yet.
  assertEquals((await refusal(admission.enter())).retryAfterSeconds, 1);
  nowMs = 5000;
  for (const place of first) place[Symbol.dispose]();
  const more = [admission.enter(), admission.enter()];
  // Three wait before the one that comes next: it runs in the second turn of two places.
  assertEquals((await refusal(admission.enter())).retryAfterSeconds, 10);
  nowMs = 5000 + 15_000;
  for (const entry of [...others, ...more]) {
    (await entry)[Symbol.dispose]();
  }
  // Shorter and longer ones since then count in part.
  assert(admission.retryAfterSeconds > 2, `${admission.retryAfterSeconds}`);
  assert(admission.retryAfterSeconds < 8, `${admission.retryAfterSeconds}`);
});

Deno.test("Admission.close() refuses those that come and those that wait, and lets those that run finish", async () => {
  const admission = new Admission({ maxRunning: 2, maxQueued: 2 });
  let isDrained = false;
  admission.drained.then(() => isDrained = true);
  const places = [await admission.enter(), await admission.enter()];
  const waiting = admission.enter();
  admission.close();
  admission.close();
  assertEquals((await refusal(waiting)).kind, "closing");
  assertEquals((await refusal(admission.enter())).kind, "closing");
  for (const place of places) {
    await settle();
    assertEquals(isDrained, false);
    place[Symbol.dispose]();
  }
  await admission.drained;
  const idle = new Admission({ maxRunning: 1, maxQueued: 0 });
  idle.close();
  await idle.drained;
});

Deno.test("Admission() refuses limits that are none", () => {
  for (const maxRunning of [0, -1, 1.5, NaN]) {
    assertThrows(
      () => new Admission({ maxRunning, maxQueued: 0 }),
      RangeError,
      `Cannot admit requests as "maxRunning" must be an integer of at least 1: ${maxRunning}`,
    );
  }
  assertThrows(
    () => new Admission({ maxRunning: 1, maxQueued: -1 }),
    RangeError,
    '"maxQueued" must be an integer of at least 0: -1',
  );
});
