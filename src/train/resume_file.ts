import {
  readSafetensorsFile,
  type SafetensorsContent,
  writeSafetensors,
} from "../checkpoint/mod.ts";
import type { CurvePoint } from "./curve_point.ts";
import type { NamedTensor } from "./named_tensor.ts";
import { quote } from "../checkpoint/quote.ts";
import { toTensorsToWrite } from "./tensors_to_write.ts";
import type { TrainBackend, TrainerState } from "./trainer.ts";
import type { TrainingIdentity } from "./training_identity.ts";

/** A training that has stopped. */
export interface StoppedTraining {
  /** What it began with. */
  readonly identity: TrainingIdentity;
  /** Where its gradients were computed: elsewhere they are rounded otherwise. */
  readonly backend: TrainBackend;
  /** Its curves. */
  readonly points: readonly CurvePoint[];
  /** Parameters, moments and step. */
  readonly state: TrainerState;
}

/** Name of the file in the drafter's directory. */
export const RESUME_FILE = "resume.safetensors";

/**
 * Writes all that a training needs to go on, in one file, as a whole.
 *
 * @param path The file.
 * @param training The training.
 */
export async function writeResumeFile(
  path: string,
  training: StoppedTraining,
): Promise<void> {
  const { identity, backend, points, state } = training;
  await writeSafetensors(path, toTensorsToWrite(state.tensors), {
    metadata: {
      backend,
      step: String(state.step),
      identity: JSON.stringify(identity),
      points: JSON.stringify(points),
    },
  });
}

/**
 * Reads a training that has stopped.
 *
 * @param path The file.
 * @returns The training.
 * @throws {ReferenceError} There is no such file.
 * @throws {SyntaxError | TypeError | RangeError} It is malformed.
 */
export async function readResumeFile(path: string): Promise<StoppedTraining> {
  const content = await readSafetensorsFile(path);
  const text = (key: string): string => metadataText(content, key, path);
  const tensors = content.tensors.entries().map((
    [name, { shape, bytes }],
  ): [string, NamedTensor] => [
    name,
    { shape, values: new Float32Array(bytes.buffer) },
  ]);
  return {
    identity: JSON.parse(text("identity")),
    backend: text("backend") === "webgpu" ? "webgpu" : "wasm",
    points: JSON.parse(text("points")),
    state: { step: Number(text("step")), tensors: new Map(tensors) },
  };
}

function metadataText(
  { metadata }: SafetensorsContent,
  key: string,
  path: string,
): string {
  const text = metadata.get(key);
  if (text !== undefined) return text;
  throw new TypeError(
    `Cannot resume from ${quote(path)} as its metadata must have ${
      quote(key)
    }: found none`,
  );
}
