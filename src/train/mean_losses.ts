import type { EvalLosses } from "./draft_trainer.ts";

const TERMS = [
  "loss",
  "regression",
  "crossEntropy",
  "contrastRegression",
  "contrastCrossEntropy",
  "agreement",
  "overlap",
  "contrastAgreement",
  "contrastOverlap",
] as const satisfies readonly (keyof EvalLosses)[];

/**
 * Takes the means of the losses of several batches.
 *
 * @param losses Losses, and how many tokens count in each.
 * @returns Their means, a token weighing the same wherever it is.
 */
export function meanLosses(
  losses: readonly { readonly losses: EvalLosses; readonly weight: number }[],
): EvalLosses {
  const sum = losses.reduce((total, { weight }) => total + weight, 0);
  const mean = (term: typeof TERMS[number]): number =>
    losses.reduce(
      (total, { losses, weight }) => total + losses[term] * weight / sum,
      0,
    );
  const means = TERMS.map((term) => [term, mean(term)] as const);
  return Object.fromEntries(means) as Record<typeof TERMS[number], number>;
}
