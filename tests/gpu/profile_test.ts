import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Dispatch } from "../../src/gpu/dispatch.ts";
import { profileDispatches } from "../../src/gpu/profile.ts";
import { logProb, rmsNorm } from "../../src/ops/mod.ts";
import { openHarness } from "../ops/_harness.ts";

const harness = await openHarness();
const { gpu } = harness;

function launches(): readonly Dispatch[] {
  const buffer = harness.empty(1024);
  const out = harness.empty(1024);
  const norm = rmsNorm(gpu, {
    rows: buffer,
    x: buffer,
    weight: buffer,
    out,
    elem: "f32",
    hiddenSize: 64,
    eps: 1e-5,
  });
  const log = logProb(gpu, {
    rows: buffer,
    logits: buffer,
    choice: buffer,
    logProb: out,
    vocabSize: 64,
  });
  return [...norm(1), ...log(1), ...norm(2), ...norm(1)];
}

Deno.test("profileDispatches() adds up launches by kernel, the longest first", async () => {
  if (!gpu.hasTimestamps) {
    await assertRejects(() => profileDispatches(gpu, launches()), RangeError);
    return;
  }
  const numBuffers = gpu.numBuffers + 2;
  const times = await profileDispatches(gpu, launches());
  const counts = times.map(({ name, count }) => [name, count] as const);
  assertEquals(
    new Map(counts),
    new Map([["rms_norm", 3], ["log_prob", 1]]),
  );
  const [first, second] = times;
  assert(first !== undefined && second !== undefined);
  assert(first.ms >= second.ms && second.ms >= 0);
  assertEquals(gpu.numBuffers, numBuffers);
});

Deno.test("profileDispatches() rejects more launches than a query set can time", async () => {
  const [launch] = launches();
  assert(launch !== undefined);
  const error = await assertRejects(
    () => profileDispatches(gpu, new Array(2049).fill(launch)),
    RangeError,
  );
  assertEquals(
    error.message,
    "Cannot profile as the device must have timestamps for 4098 of at most 4096 queries",
  );
});
