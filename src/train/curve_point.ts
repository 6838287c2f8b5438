import type { EvalLosses, StepLosses } from "./draft_trainer.ts";

/** A point of the curves of a training. */
export interface CurvePoint {
  /** Steps made. */
  readonly step: number;
  /** Means of the steps since the point before; null before the first step. */
  readonly trained: StepLosses | null;
  /** Means over what is held out. */
  readonly heldOut: EvalLosses;
}
