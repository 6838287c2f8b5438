/**
 * Reads `tests/golden/upstream_random`, a directory that PyTorch's safetensors library wrote.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  type Checkpoint,
  openCheckpoint,
  resolveLlamaTensors,
  type TensorEntry,
} from "../../src/checkpoint/mod.ts";

const DIRECTORY = new URL("../golden/upstream_random/", import.meta.url);

async function readF16(
  checkpoint: Checkpoint,
  entry: TensorEntry,
): Promise<Float16Array> {
  assertEquals(entry.dtype, "F16");
  const into = new Uint8Array(entry.sizeBytes);
  await checkpoint.readTensorBytes(entry, { into });
  return new Float16Array(into.buffer);
}

Deno.test("openCheckpoint() reads the numbers that Python reads", async () => {
  using checkpoint = await openCheckpoint(DIRECTORY);
  const { embedTokens, lmHead, norm, layers } = resolveLlamaTensors(checkpoint);
  const down = layers[1]?.networks[0]?.down;
  if (down === undefined) throw new Error("layer 1 is missing");
  // First, last and sum of the elements: struct.unpack("<…e") of the same bytes.
  const expected: readonly (readonly [TensorEntry, readonly number[]])[] = [
    [embedTokens, [-0.37939453125, 0.3046875, -23.930700302124023]],
    [lmHead, [0.1309814453125, 0.357177734375, -10.14724314212799]],
    [norm, [1.11328125, 0.99267578125, 48.54052734375]],
    [down, [-0.0169219970703125, 0.0870361328125, 7.5612863302230835]],
  ];
  for (const [entry, numbers] of expected) {
    const elements = await readF16(checkpoint, entry);
    const sum = elements.reduce((total, element) => total + element, 0);
    assertEquals<unknown>([elements[0], elements.at(-1), sum], numbers);
  }
});

Deno.test("openCheckpoint() opens a drafter's directory", async () => {
  using drafter = await openCheckpoint(new URL("drafter/", DIRECTORY));
  assertEquals(drafter.config.numHiddenLayers, 1);
  assertEquals(drafter.configJson.get("num_experts_per_tok"), 2);
  assertEquals(drafter.tensors.get("fc.weight")?.shape, [48, 96]);
});
