import { assert, assertEquals, assertRejects } from "@std/assert";
import type { DraftTree } from "../../mod.ts";
import { ServiceError } from "../../src/server/service_error.ts";
import { WorkerLane } from "../../src/server/worker_lane.ts";
import {
  WorkerLink,
  type WorkerLinkOptions,
} from "../../src/server/worker_link.ts";

/** Opens a lane whose Workers do what a plan says, from the first to the last. */
async function openPlanned(plan: readonly string[]): Promise<{
  readonly lane: WorkerLane;
  readonly link: WorkerLink;
  readonly path: string;
  readonly remarks: readonly string[];
}> {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, plan.join("\n"));
  const remarks: string[] = [];
  const options: WorkerLinkOptions = {
    url: new URL("./_planned_worker.ts", import.meta.url),
    load: { type: "load", model: path, options: {} },
    onProgress: undefined,
    onRemark: (text) => remarks.push(text),
  };
  const link = new WorkerLink(options);
  await link.loaded;
  return { lane: new WorkerLane(options, link), link, path, remarks };
}

async function ask(link: WorkerLink, seed: number): Promise<DraftTree> {
  const call = { name: "draftTree", prompt: [1], options: { seed } } as const;
  return await link.call(call).result;
}

async function serviceError(promise: Promise<unknown>): Promise<ServiceError> {
  const error = await promise.then(() => null, (error) => error);
  assert(error instanceof ServiceError, String(error));
  return error;
}

Deno.test("WorkerLane.link() waits for the Worker that follows one that has ended", async () => {
  const { lane, link, path, remarks } = await openPlanned(["load", "load"]);
  assertEquals((await ask(link, 1)).next, 7);
  const dying = [ask(link, 0), ask(link, 1)];
  for (const call of dying) {
    const { kind, message } = await serviceError(call);
    assertEquals(kind, "workerLost");
    assert(message.includes("killed by the call"), message);
  }
  assertEquals((await serviceError(ask(link, 1))).kind, "workerLost");
  await link.ended;
  const waiting = lane.link();
  assertEquals(lane.state, "loading");
  const next = await waiting;
  assertEquals([lane.state, lane.numRestarts], ["ready", 1]);
  assert(next !== link);
  const [remark = "", ...others] = remarks;
  assertEquals(others, []);
  assert(
    /^a worker has ended, and another loads the model now: .*killed by the call/
      .test(remark),
    remark,
  );
  assertEquals((await ask(next, 1)).next, 7);
  lane.close();
  await Deno.remove(path);
});

Deno.test("WorkerLane.link() fails with the loading's own error where the model cannot be loaded any more, and tries again later", async () => {
  const beganMs = performance.now();
  const plan = ["load", "refuse", "die", "load"];
  const { lane, link, path } = await openPlanned(plan);
  link.close(new ServiceError("workerLost", "ended by the test"));
  await link.ended;
  const error = await serviceError(lane.link());
  assertEquals(error.kind, "workerLost");
  assert(error.message.includes("refused by the plan"), error.message);
  assert(error.cause instanceof TypeError);
  await new Promise((resolve) => setTimeout(resolve));
  // The second has failed too: it rests.
  assertEquals(lane.state, "resting");
  const resting = await serviceError(lane.link());
  assertEquals(resting.message, error.message);
  assertEquals(resting.retryAfterSeconds, 1);
  const isPast = async (numRestarts: number): Promise<void> => {
    while (lane.numRestarts < numRestarts) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await isPast(3);
  assert(performance.now() - beganMs > 1000);
  assertEquals(lane.state, "resting");
  const again = await serviceError(lane.link());
  assert(again.message.includes("died of the plan"), again.message);
  const { retryAfterSeconds = 0 } = again;
  assert(retryAfterSeconds === 1 || retryAfterSeconds === 2);
  while (lane.state === "resting") {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assertEquals((await ask(await lane.link(), 1)).next, 7);
  lane.close();
  await Deno.remove(path);
});

Deno.test("WorkerLane.link() gives up waiting when aborted", async () => {
  const { lane, link, path } = await openPlanned(["load", "wait"]);
  link.close(new ServiceError("workerLost", "ended by the test"));
  await link.ended;
  const controller = new AbortController();
  const reason = new Error("gone");
  const waiting = lane.link(controller.signal);
  controller.abort(reason);
  await assertRejects(() => waiting, Error, "gone");
  await assertRejects(
    () => lane.link(AbortSignal.abort(reason)),
    Error,
    "gone",
  );
  assertEquals(lane.state, "loading");
  const other = lane.link();
  lane.close();
  assertEquals((await serviceError(other)).kind, "closing");
  assertEquals((await serviceError(lane.link())).kind, "closing");
  lane.close();
  await Deno.remove(path);
});

Deno.test("WorkerLane.close() ends a lane that rests, for good", async () => {
  const { lane, link, path } = await openPlanned(["load", "refuse", "load"]);
  link.close(new ServiceError("workerLost", "ended by the test"));
  await link.ended;
  await serviceError(lane.link());
  while (lane.state === "loading") {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assertEquals(lane.state, "resting");
  // A timer that is left, or a Worker, would be a leak of this test.
  lane.close();
  assertEquals(lane.state, "closed");
  assertEquals(await Deno.readTextFile(path), "load");
  await Deno.remove(path);
});
