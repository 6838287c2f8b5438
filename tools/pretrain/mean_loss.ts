import type { LlamaTrainer, TextBatch } from "../llama_trainer.ts";

/**
 * The loss over several batches, each token weighing the same.
 *
 * @param trainer Computes a batch's.
 * @param batches At least one.
 * @returns Nats a token.
 */
export async function meanLoss(
  trainer: Pick<LlamaTrainer, "evaluate">,
  batches: readonly TextBatch[],
): Promise<number> {
  let sum = 0;
  let numTokens = 0;
  for (const batch of batches) {
    const count = batch.lossMask.reduce((total, weight) => total + weight, 0);
    sum += (await trainer.evaluate(batch)).loss * count;
    numTokens += count;
  }
  return sum / numTokens;
}
