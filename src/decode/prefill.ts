import type { Gpu } from "../gpu/gpu.ts";
import type { Session } from "./session.ts";
import { submitPass } from "../gpu/submit_pass.ts";

/** What is left of a prompt to be taken in. */
export interface PrefillArgs {
  /** Ids still to be taken into the cache, at least one. */
  readonly ids: readonly number[];
  /** Position of the first. */
  readonly firstPosition: number;
  /** Most rows in a pass, `T`. */
  readonly maxRows: number;
  /** Ends the prefill between two passes. */
  readonly signal?: AbortSignal | undefined;
  /** Records what follows the last pass, such as copies, given how many rows it had. */
  readonly finish: (encoder: GPUCommandEncoder, numRows: number) => void;
}

/**
 * Submits a prompt, pass by pass.
 *
 * @param gpu Device.
 * @param session Started session.
 * @param args The prompt, and what follows it.
 * @returns When its last pass was submitted, in milliseconds of `performance.now()`, or null where it was aborted before.
 */
export async function prefill(
  gpu: Gpu,
  session: Session,
  args: PrefillArgs,
): Promise<number | null> {
  const { ids, firstPosition, maxRows } = args;
  let submittedMs = performance.now();
  for (let first = 0; first < ids.length; first += maxRows) {
    if (args.signal?.aborted) return null;
    const chunk = ids.slice(first, first + maxRows);
    const nextId = ids[first + maxRows] ?? null;
    const isLast = nextId === null;
    const dispatches = session.prefill(chunk, firstPosition + first, nextId);
    submittedMs = performance.now();
    submitPass(gpu, dispatches, (encoder) => {
      if (isLast) args.finish(encoder, chunk.length);
    });
    // Lets an abort be heard, and keeps the queue from growing with the prompt.
    if (!isLast) await gpu.device.queue.onSubmittedWorkDone();
  }
  return submittedMs;
}
