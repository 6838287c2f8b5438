import { getWebGPUDevice, init, jit, nn, numpy as np } from "@jax-js/jax";
import { spareDevice } from "./spare_device.ts";
import type { TrainBackend } from "./trainer.ts";

/** Rows and columns of the trial: of the order of a training step's products. */
const NUM_ROWS = 512;
const NUM_COLS = 256;

/**
 * Starts a backend, or the faster of those that there are.
 *
 * @param wish Which to start; `auto` measures a product and a softmax on each.
 * @throws {ReferenceError} The backend that was asked for is not there.
 */
export async function chooseBackend(
  wish: "auto" | TrainBackend,
): Promise<TrainBackend> {
  const names: readonly TrainBackend[] = wish === "auto"
    ? ["wasm", "webgpu"]
    : [wish];
  const started = await init(...names);
  const found = names.filter((name) => started.includes(name));
  if (found.includes("webgpu")) spareDevice(getWebGPUDevice());
  const [first, second] = found;
  if (first === undefined) {
    throw new ReferenceError(
      `Cannot train on "${wish}" as it must be on this machine: it is not`,
    );
  }
  if (second === undefined) return first;
  return await measure(first) <= await measure(second) ? first : second;
}

/** Milliseconds of a trial, after one that compiles. */
async function measure(device: TrainBackend): Promise<number> {
  const trial = jit(
    (x: np.Array, weight: np.Array) =>
      np.sum(nn.softmax(np.inner(x, weight), -1), 0),
  );
  const x = np.ones([NUM_ROWS, NUM_COLS], { device });
  const weight = np.ones([NUM_COLS, NUM_COLS], { device });
  let elapsedMs = Infinity;
  for (let run = 0; run < 3; run++) {
    const start = performance.now();
    await trial(x.ref, weight.ref).data();
    elapsedMs = Math.min(elapsedMs, performance.now() - start);
  }
  for (const array of [x, weight, trial]) array.dispose();
  return elapsedMs;
}
