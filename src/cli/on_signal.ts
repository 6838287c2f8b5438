/**
 * Calls a function at each signal of a kind, which no longer ends the program by itself.
 *
 * @param signal The kind.
 * @param listener The function.
 * @returns Disposing of it gives the signal its usual meaning back.
 */
export function onSignal(
  signal: Deno.Signal,
  listener: () => void,
): Disposable {
  Deno.addSignalListener(signal, listener);
  return {
    [Symbol.dispose](): void {
      Deno.removeSignalListener(signal, listener);
    },
  };
}
