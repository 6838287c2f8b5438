import { onSignal } from "./on_signal.ts";
import { STATUS } from "./report_error.ts";

/** Conventional status of a program that a SIGTERM ended. */
const TERMINATED = 143;

/**
 * Calls a function at each signal that asks the program to end, which no longer ends it by itself.
 *
 * @param listener The function, which is given the status that programs conventionally end with at that signal.
 * @returns Disposing of it gives the signals their usual meaning back.
 */
export function onTermination(
  listener: (status: number) => void,
): Disposable {
  const stack = new DisposableStack();
  stack.use(onSignal("SIGINT", () => listener(STATUS.interrupted)));
  // Windows has no other way to ask a program to end.
  if (Deno.build.os !== "windows") {
    stack.use(onSignal("SIGTERM", () => listener(TERMINATED)));
  }
  return stack;
}
