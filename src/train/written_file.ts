import { readSafetensorsFile, writeSafetensors } from "../checkpoint/mod.ts";
import type { TrainDocument } from "./train_document.ts";
import type { TrainingIdentity } from "./training_identity.ts";

/** Name of the file in the drafter's directory. */
export const WRITTEN_FILE = "written.safetensors";

/** A text that a target has written. */
export interface WrittenText {
  /** Its ids. */
  readonly tokenIds: readonly number[];
  /** How many of them were given. */
  readonly promptLength: number;
}

/**
 * Keeps what a target has written, so that it need not write it again.
 *
 * @param path The file.
 * @param identity What the texts follow from.
 * @param texts The texts.
 */
export async function saveWritten(
  path: string,
  identity: TrainingIdentity,
  texts: readonly WrittenText[],
): Promise<void> {
  const tensor = (name: string, values: Int32Array<ArrayBuffer>) => ({
    name,
    dtype: "I32" as const,
    shape: [values.length],
    bytes: new Uint8Array(values.buffer),
  });
  const ids = texts.flatMap(({ tokenIds }) => tokenIds);
  await writeSafetensors(path, [
    tensor("token_ids", Int32Array.from(ids)),
    tensor(
      "lengths",
      Int32Array.from(texts, ({ tokenIds }) => tokenIds.length),
    ),
    tensor(
      "prompt_lengths",
      Int32Array.from(texts, ({ promptLength }) => promptLength),
    ),
  ], { metadata: { identity: JSON.stringify(identity) } });
}

/**
 * Reads what {@linkcode saveWritten} kept.
 *
 * @param path The file.
 * @param identity What the texts must follow from.
 * @returns The texts, or null where there is no such file, or its texts follow from something else.
 */
export async function loadWritten(
  path: string,
  identity: TrainingIdentity,
): Promise<readonly WrittenText[] | null> {
  try {
    const { tensors, metadata } = await readSafetensorsFile(path);
    if (metadata.get("identity") !== JSON.stringify(identity)) return null;
    const values = (name: string): Int32Array =>
      new Int32Array(tensors.get(name)?.bytes.buffer ?? new ArrayBuffer(0));
    const [ids, prompts] = [values("token_ids"), values("prompt_lengths")];
    let end = 0;
    return Array.from(values("lengths"), (length, index) => ({
      tokenIds: [...ids.subarray(end, end += length)],
      promptLength: prompts[index] ?? 0,
    }));
  } catch (error) {
    if (error instanceof ReferenceError) return null;
    throw error;
  }
}

/**
 * Takes a written text as one to train on: what was given is not to be learnt, but for a single token.
 *
 * @param text The text.
 * @returns The document.
 */
export function toDocument(
  { tokenIds, promptLength }: WrittenText,
): TrainDocument {
  if (promptLength <= 1) return { tokenIds };
  return { tokenIds, isLearnt: tokenIds.map((_, at) => at >= promptLength) };
}
