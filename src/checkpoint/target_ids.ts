import type { DraftCheckpoint } from "./draft_checkpoint.ts";
import { quote } from "./quote.ts";
import type { TensorEntry } from "./tensor_entry.ts";

const NAME = "d2t";
const ENTRY_BYTES = 8;

/**
 * Reads the target's id for each of the drafter's token ids. The file has differences: `d2t[i]` is
 * the target's id less `i`.
 *
 * @param checkpoint The drafter; `config.vocabSize` is the target's vocabulary.
 * @param draftVocabSize Tokens that the drafter knows.
 * @returns `null` when both number all tokens alike.
 * @throws {ReferenceError} The drafter knows only some tokens, and there is no `d2t`.
 * @throws {TypeError} Its elements are not I64.
 * @throws {RangeError} It has another shape, or leads beyond the vocabulary or twice to one token.
 */
export async function readTargetIds(
  checkpoint: DraftCheckpoint,
  draftVocabSize: number,
): Promise<Uint32Array<ArrayBuffer> | null> {
  const { vocabSize } = checkpoint.config;
  const entry = checkpoint.tensors.get(NAME);
  if (entry === undefined) {
    if (draftVocabSize === vocabSize) return null;
    throw new ReferenceError(
      `Cannot load ${quote(NAME)} from ${
        quote(checkpoint.weightsFile)
      } as a drafter with ${draftVocabSize} of ${vocabSize} tokens must have it: found no such tensor`,
    );
  }
  checkEntry(entry, { draftVocabSize, vocabSize });
  const bytes = new Uint8Array(entry.sizeBytes);
  await checkpoint.readTensorBytes(entry, { into: bytes });
  const ids = addOffsets(entry, { bytes, vocabSize });
  const isSame = draftVocabSize === vocabSize &&
    ids.every((id, draftId) => id === draftId);
  return isSame ? null : ids;
}

function checkEntry(
  entry: TensorEntry,
  { draftVocabSize, vocabSize }: {
    readonly draftVocabSize: number;
    readonly vocabSize: number;
  },
): void {
  const shape = `[${entry.shape.join(", ")}]`;
  if (shape !== `[${draftVocabSize}]` || draftVocabSize > vocabSize) {
    throw new RangeError(
      `${
        loadText(entry)
      } as its shape must be [Vd] = [${draftVocabSize}], at most V = ${vocabSize}: found ${shape}`,
    );
  }
  if (entry.dtype !== "I64") {
    throw new TypeError(
      `${loadText(entry)} as its dtype must be I64: found ${entry.dtype}`,
    );
  }
}

function addOffsets(
  entry: TensorEntry,
  { bytes, vocabSize }: {
    readonly bytes: Uint8Array<ArrayBuffer>;
    readonly vocabSize: number;
  },
): Uint32Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer);
  const ids = new Uint32Array(bytes.length / ENTRY_BYTES);
  const isTaken = new Uint8Array(vocabSize);
  for (let draftId = 0; draftId < ids.length; draftId++) {
    const offset = view.getBigInt64(draftId * ENTRY_BYTES, true);
    const id = BigInt(draftId) + offset;
    const isToken = id >= 0n && id < vocabSize;
    if (!isToken || isTaken[Number(id)] === 1) {
      throw new RangeError(
        `${
          loadText(entry)
        } as its entry ${draftId} must lead to a token of its own in [0, ${
          vocabSize - 1
        }]: found ${draftId} + ${offset}`,
      );
    }
    isTaken[Number(id)] = 1;
    ids[draftId] = Number(id);
  }
  return ids;
}

function loadText(entry: TensorEntry): string {
  return `Cannot load ${quote(entry.name)} from ${quote(entry.file)}`;
}
