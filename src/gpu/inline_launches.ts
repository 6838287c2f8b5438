/** What Mesa's llvmpipe takes its number of threads from; 0: launches run in the thread that hands them over. */
const NAME = "LP_NUM_THREADS";

/** Whether this thread's adapters, all of one instance, run so; null before the first was asked for. */
let isInline: boolean | null = null;

/**
 * Asks for an adapter so that, if it is Mesa's software one, it wakes no threads for a launch.
 *
 * The driver reads its number of threads once, when a thread's first adapter is asked for: later wishes change nothing.
 * A number that the user has set stands, and nothing is done without permission to read and set it.
 *
 * @param isWanted Whether launches are so small that waking threads takes longer.
 * @param request Asks for the adapter.
 * @returns What `request` gives, and whether launches run so.
 */
export async function requestInline<T>(
  isWanted: boolean,
  request: () => Promise<T>,
): Promise<{ readonly adapter: T; readonly isInline: boolean }> {
  if (isInline !== null) return { adapter: await request(), isInline };
  const isPermitted =
    Deno.permissions.querySync({ name: "env", variable: NAME }).state ===
      "granted";
  const found = isPermitted ? Deno.env.get(NAME) : undefined;
  const isSet = isPermitted && isWanted && found === undefined;
  isInline = isSet || found === "0";
  if (isSet) Deno.env.set(NAME, "0");
  try {
    return { adapter: await request(), isInline };
  } finally {
    if (isSet) Deno.env.delete(NAME);
  }
}
