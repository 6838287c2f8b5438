import type { CurvePoint } from "./curve.ts";

/**
 * Puts a point of the curves into one line.
 *
 * @param point The point.
 * @param plan Steps planned, and tokens of a step, padding included.
 */
export function describePoint(
  { step, seconds, train, gradNorm, heldOut = {} }: CurvePoint,
  plan: { readonly totalSteps: number; readonly tokensPerStep: number },
): string {
  const perStep = seconds / step;
  const numTokens = step * plan.tokensPerStep;
  return [
    `step ${step}/${plan.totalSteps}`,
    `${(numTokens / 1e6).toFixed(2)} M tokens`,
    `${seconds.toFixed(0)} s, ${
      ((plan.totalSteps - step) * perStep).toFixed(0)
    } s left`,
    `loss ${train.toFixed(3)}`,
    `gradients ${gradNorm.toFixed(2)}`,
    ...Object.entries(heldOut).map(([name, loss]) =>
      `${name} ${loss.toFixed(4)}`
    ),
  ].join(" · ");
}
