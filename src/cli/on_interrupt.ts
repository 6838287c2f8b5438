import { onSignal } from "./on_signal.ts";

/**
 * Calls a function at each Ctrl-C, which no longer ends the program by itself.
 *
 * @param listener The function.
 * @returns Disposing of it gives Ctrl-C its usual meaning back.
 */
export function onInterrupt(listener: () => void): Disposable {
  return onSignal("SIGINT", listener);
}
