import type { Gpu } from "../gpu/gpu.ts";
import { KvCache, type Target } from "../model/mod.ts";
import { packRows, rowTableBytes } from "../ops/mod.ts";
import { PassTimer } from "../gpu/pass_timer.ts";
import { type Spread, spreadOf } from "./spread.ts";
import { timePasses } from "../gpu/time_passes.ts";

/** Numbers of rows that are measured. */
export const ROW_COUNTS = [1, 2, 4, 8, 16, 32, 64] as const;

/** What some rows cost. */
export interface RowCost {
  /** Rows of the pass, `M`. */
  readonly numRows: number;
  /** Milliseconds on the device. */
  readonly ms: Spread;
  /** The shortest, in that of one row. */
  readonly ratio: number;
}

/** Times that each number of rows has its turn. */
const NUM_TURNS = 5;
/** No turn begins after as much time. */
const MAX_MS = 5000;
/** Positions behind which the rows lie, where the context has as many. */
const FIRST_POSITION = 128;

/**
 * Measures what the target's pass over several rows, up to their logits, costs beside one over a single row: what it
 * costs to verify a tree.
 *
 * @param gpu Device.
 * @param target The target, with room for as many logits.
 * @param signal Ends the measuring with what there is.
 * @returns A cost for each number of rows that fits the target, or null where the device has no clock or no turn was
 *   made.
 * @throws {GpuError} If memory runs out.
 */
export async function measureRows(
  gpu: Gpu,
  target: Target,
  signal?: AbortSignal,
): Promise<readonly RowCost[] | null> {
  if (!gpu.hasTimestamps) return null;
  const { config, contextLength, workspace } = target;
  const format = target.cacheFormat;
  const most = Math.max(...ROW_COUNTS);
  const numSlots = Math.min(contextLength, FIRST_POSITION + most);
  const maxRows = Math.min(numSlots, workspace.maxRows);
  const counts = ROW_COUNTS.filter((count) => count <= maxRows);
  const firstPosition = numSlots - Math.min(numSlots, most);
  using buffers = new DisposableStack();
  const { rows, forward } = await gpu.guard("allocate a cache", () => {
    const cache = buffers.use(new KvCache(gpu, config, { numSlots, format }));
    const rows = buffers.adopt(
      gpu.createBuffer("rows", rowTableBytes(most)),
      (buffer) => gpu.destroyBuffer(buffer),
    );
    return { rows, forward: target.forward(rows, cache) };
  });
  const { layers, norm, lmHead } = forward;
  using timer = new PassTimer(gpu, 1);
  const timeRows = async (numRows: number): Promise<number> => {
    const table = Array.from({ length: numRows }, (_, row) => ({
      token: row % config.vocabSize,
      position: firstPosition + row,
    }));
    gpu.device.queue.writeBuffer(rows, 0, packRows(table, 0));
    const numKeys = firstPosition + numRows;
    const pass = [...layers, norm, lmHead].flatMap((op) =>
      op(numRows, { numKeys })
    );
    const [ms = NaN] = await timePasses(gpu, timer, [pass]);
    return ms;
  };
  const startMs = performance.now();
  const turns: number[][] = [];
  // The first turn warms up.
  for (let turn = 0; turn <= NUM_TURNS; turn++) {
    const isLate = turns.length > 0 && performance.now() - startMs > MAX_MS;
    if (signal?.aborted || isLate) break;
    const times: number[] = [];
    for (const count of counts) times.push(await timeRows(count));
    if (turn > 0) turns.push(times);
  }
  return summarizeTurns(counts, turns);
}

/**
 * Sets what rows took in proportion to what one did. The shortest times count, whatever else the machine was doing.
 *
 * @param counts Numbers of rows, 1 the first.
 * @param turns Milliseconds of each in each turn.
 * @returns Their costs, or null where no turn was made.
 */
export function summarizeTurns(
  counts: readonly number[],
  turns: readonly (readonly number[])[],
): readonly RowCost[] | null {
  const spreads = counts.map((_, index) =>
    spreadOf(turns.map((times) => times[index] ?? NaN))
  );
  const single = spreads[0]?.min ?? NaN;
  const costs = spreads.flatMap((ms, index) => {
    const numRows = counts[index] ?? NaN;
    return ms === null ? [] : [{ numRows, ms, ratio: ms.min / single }];
  });
  return costs.length === 0 ? null : costs;
}
