/** Documents to train on, and others to measure with. */
export interface Split<T> {
  /** To train on. */
  readonly train: readonly T[];
  /** To measure with. */
  readonly heldOut: readonly T[];
}

/** One document of so many is held out. */
const PERIOD = 50;

/** Holds every fiftieth document out. */
export function splitHeldOut<T>(documents: readonly T[]): Split<T> {
  const isHeldOut = (_: T, index: number): boolean =>
    index % PERIOD === PERIOD - 1;
  return {
    train: documents.filter((item, index) => !isHeldOut(item, index)),
    heldOut: documents.filter(isHeldOut),
  };
}
