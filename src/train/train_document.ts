/** A text to train on. */
export interface TrainDocument {
  /** Its ids. */
  readonly tokenIds: readonly number[];
  /** For each id whether the drafter is to learn to propose it; undefined where that holds for all. */
  readonly isLearnt?: readonly boolean[];
}
