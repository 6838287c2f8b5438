import { openByteSource } from "../../src/checkpoint/byte_source.ts";
import { writeSafetensors } from "../../src/checkpoint/mod.ts";
import { readSafetensorsHeader } from "../../src/checkpoint/safetensors.ts";
import type { NamedTensor } from "../../src/train/mod.ts";
import type { CurvePoint } from "./curve.ts";
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
  await writeSafetensors(
    path,
    Array.from(state.tensors, ([name, { shape, values }]) => ({
      name,
      dtype: "F32",
      shape,
      bytes: new Uint8Array(
        values.buffer,
        values.byteOffset,
        values.byteLength,
      ),
    })),
    {
      metadata: {
        step: String(state.step),
        totalSteps: String(totalSteps),
        curve: JSON.stringify(curve),
      },
    },
  );
}

/**
 * Reads what `writeState` stored.
 *
 * @param path Where.
 * @throws {ReferenceError} There is no such file.
 * @throws {RangeError | SyntaxError | TypeError} The file is another.
 */
export async function readState(path: string): Promise<Progress> {
  using source = await openByteSource(path);
  const { tensors, metadata } = await readSafetensorsHeader(source);
  const read = (key: string): number => {
    const value = Number(metadata.get(key));
    if (Number.isSafeInteger(value)) return value;
    throw new RangeError(
      `Cannot resume from ${path} as its metadata must have a ${key}: found ${
        metadata.get(key)
      }`,
    );
  };
  const named = new Map<string, NamedTensor>();
  for (const [name, { shape, startBytes, sizeBytes }] of tensors) {
    const bytes = new Uint8Array(sizeBytes);
    await source.read(startBytes, bytes);
    named.set(name, { shape, values: new Float32Array(bytes.buffer) });
  }
  const curve: readonly CurvePoint[] = JSON.parse(
    metadata.get("curve") ?? "[]",
  );
  return {
    totalSteps: read("totalSteps"),
    state: { step: read("step"), tensors: named },
    curve,
  };
}
