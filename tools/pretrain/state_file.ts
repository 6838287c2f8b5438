import {
  readSafetensorsFile,
  writeSafetensors,
} from "../../src/checkpoint/mod.ts";
import { quote } from "../../src/checkpoint/quote.ts";
import type { NamedTensor } from "../../src/train/mod.ts";
import { toTensorsToWrite } from "../../src/train/tensors_to_write.ts";
import type { Progress } from "./run_pretraining.ts";

/**
 * Stores a training that can go on, in one safetensors file of F32.
 *
 * @param path Where.
 * @param progress What was reached.
 */
export async function writeState(
  path: string,
  { totalSteps, state, curve }: Progress,
): Promise<void> {
  await writeSafetensors(path, toTensorsToWrite(state.tensors), {
    metadata: {
      step: String(state.step),
      totalSteps: String(totalSteps),
      curve: JSON.stringify(curve),
    },
  });
}

/**
 * Reads what `writeState` stored.
 *
 * @param path Where.
 * @throws {ReferenceError} There is no such file.
 * @throws {RangeError | SyntaxError | TypeError} The file is another.
 */
export async function readState(path: string): Promise<Progress> {
  const { tensors, metadata } = await readSafetensorsFile(path);
  const text = (key: string): string => {
    const found = metadata.get(key);
    if (found !== undefined) return found;
    throw new TypeError(
      `Cannot resume from ${quote(path)} as its metadata must have ${
        quote(key)
      }: found none`,
    );
  };
  const named = tensors.entries().map((
    [name, { shape, bytes }],
  ): [string, NamedTensor] => [
    name,
    { shape, values: new Float32Array(bytes.buffer) },
  ]);
  return {
    totalSteps: Number(text("totalSteps")),
    state: { step: Number(text("step")), tensors: new Map(named) },
    curve: JSON.parse(text("curve")),
  };
}
