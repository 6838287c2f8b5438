/** What two runs must share for one to go on where the other has stopped; values are plain. */
export type TrainingIdentity = Readonly<
  Record<string, string | number | boolean | null>
>;

/**
 * Checks that a training goes on as it began.
 *
 * @param before What the training began with.
 * @param now What it is to go on with.
 * @throws {RangeError} If they differ, naming everything that does.
 */
export function checkSameTraining(
  before: TrainingIdentity,
  now: TrainingIdentity,
): void {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  const changed = names.filter((name) => before[name] !== now[name]);
  if (changed.length === 0) return;
  const list = (identity: TrainingIdentity): string =>
    changed.map((name) => `${name} ${JSON.stringify(identity[name] ?? null)}`)
      .join(", ");
  throw new RangeError(
    `Cannot resume the training as it must go on with ${list(before)}: found ${
      list(now)
    }`,
  );
}
