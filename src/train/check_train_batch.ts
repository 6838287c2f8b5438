import type { TrainBatch } from "./train_batch.ts";

/**
 * Checks a batch before it is queued.
 *
 * @param batch The batch.
 * @param options The drafter's `D` and `V`.
 * @throws {RangeError} Sizes do not match, or a token is not in the vocabulary.
 */
export function checkTrainBatch(
  batch: TrainBatch,
  options: { readonly hiddenSize: number; readonly vocabSize: number },
): void {
  const { numSequences, length, tokenIds, hidden, lossMask } = batch;
  const { hiddenSize, vocabSize } = options;
  if (!(numSequences >= 1 && length >= 2)) {
    throw new RangeError(
      `Cannot train on a batch as it must have a sequence of 2 tokens: it has ${numSequences} of ${length}`,
    );
  }
  const sizes = [
    { name: "tokenIds", axes: [numSequences, length], values: tokenIds },
    {
      name: "hidden",
      axes: [numSequences, length, hiddenSize],
      values: hidden,
    },
    { name: "lossMask", axes: [numSequences, length], values: lossMask },
  ];
  for (const { name, axes, values } of sizes) {
    if (values.length !== axes.reduce((a, b) => a * b)) {
      throw new RangeError(
        `Cannot train on "${name}" as its shape must be [${
          axes.join(", ")
        }]: it has ${values.length} values`,
      );
    }
  }
  const strange = tokenIds.find((id) => id < 0 || id >= vocabSize);
  if (strange !== undefined) {
    throw new RangeError(
      `Cannot train on token ${strange} as it must be below ${vocabSize}: the vocabulary ends there`,
    );
  }
}
