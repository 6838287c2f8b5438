/**
 * Calls a function at each Ctrl-C, which no longer ends the program by itself.
 *
 * @param listener The function.
 * @returns Disposing of it gives Ctrl-C its usual meaning back.
 */
export function onInterrupt(listener: () => void): Disposable {
  Deno.addSignalListener("SIGINT", listener);
  return {
    [Symbol.dispose](): void {
      Deno.removeSignalListener("SIGINT", listener);
    },
  };
}
