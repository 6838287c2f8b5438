import type { WorkerLane } from "./worker_lane.ts";

/** Requests that a lane may run more than another, where its caches know the prompt. */
const MAX_LEAD = 2;

/** What the choice goes by. */
export type LaneLoad = Pick<WorkerLane, "state" | "numRunning"> & {
  readonly memory: Pick<WorkerLane["memory"], "countShared">;
};

/** How near lanes are to running a request. */
const ORDER = ["ready", "loading", "resting", "closed"] as const;

/**
 * Chooses who runs a request: of the lanes that can run it soonest, the one that was asked lately what begins like the
 * prompt, as far as half of it, unless others have much less to do; else the one that has least to do.
 *
 * @param lanes Lanes, at least one.
 * @param prompt Ids of the request.
 * @returns The lane.
 */
export function chooseLane<Lane extends LaneLoad>(
  lanes: readonly [Lane, ...Lane[]],
  prompt: readonly number[],
): Lane {
  const rank = ({ state }: Lane): number => ORDER.indexOf(state);
  const best = Math.min(...lanes.map(rank));
  const usable = lanes.filter((lane) => rank(lane) === best)
    .sort((a, b) => a.numRunning - b.numRunning);
  const least = usable[0] ?? lanes[0];
  const [knowing] = usable
    .map((lane) => ({ lane, numShared: lane.memory.countShared(prompt) }))
    .filter(({ lane, numShared }) =>
      2 * numShared >= prompt.length &&
      lane.numRunning <= least.numRunning + MAX_LEAD
    )
    .sort((a, b) => b.numShared - a.numShared);
  return knowing?.lane ?? least;
}
