import type { CurvePoint } from "./curve_point.ts";
import type { DrafterMeasurement } from "./measure_drafter.ts";
import type { TrainBackend } from "./trainer.ts";

/** What a training has come to. */
export interface TrainResult {
  /** Directory of the drafter. */
  readonly out: string;
  /** Steps made in all. */
  readonly step: number;
  /** Whether these are all; else the training was told to stop. */
  readonly isFinished: boolean;
  /** Where gradients were computed. */
  readonly backend: TrainBackend;
  /** Device on which the target ran. */
  readonly deviceName: string;
  /** The curves. */
  readonly points: readonly CurvePoint[];
  /** What the drafter does for its target; null where the training was told to stop. */
  readonly measured: DrafterMeasurement | null;
}
