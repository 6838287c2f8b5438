import type { WayFigures } from "./summarize_way.ts";

/**
 * Says how long the device waits for each round.
 *
 * @param figures What was measured of a way.
 * @returns Milliseconds, or null where the device has no clock.
 */
export function idleMs(
  { roundMs, idleShare }: Pick<WayFigures, "roundMs" | "idleShare">,
): number | null {
  if (roundMs === null || idleShare === null || idleShare >= 1) return null;
  const busyMs = roundMs.verify + roundMs.accept + roundMs.draft;
  return busyMs * idleShare / (1 - idleShare);
}
