import { msgSuffix } from "./_message.ts";
import { AssertionError } from "./assertion_error.ts";
import { assertIsError } from "./is_error.ts";

type ErrorClass<E> = abstract new (...args: never[]) => E;

/** Calls `fn`, which must return a promise rather than throw. */
function startPromise(
  fn: () => PromiseLike<unknown>,
  suffix: string,
): PromiseLike<unknown> {
  try {
    const promise = fn();
    if (typeof promise?.then === "function") return promise;
  } catch {
    // Reported below, as a value that is no promise is.
  }
  throw new AssertionError(`Function throws when expected to reject${suffix}`);
}

/** Rejects unless the promise of `fn` rejects; resolves to the reason. */
export function assertRejects(
  fn: () => PromiseLike<unknown>,
  msg?: string,
): Promise<unknown>;
/** Rejects unless the promise of `fn` rejects with an `ErrorClass` whose message contains `msgIncludes`. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  classOrMsg?: ErrorClass<E> | string,
  msgIncludes?: string,
  msg?: string,
): Promise<unknown> {
  const suffix = msgSuffix(typeof classOrMsg === "string" ? classOrMsg : msg);
  const promise = startPromise(fn, suffix);
  try {
    await promise;
  } catch (error) {
    if (typeof classOrMsg !== "function") return error;
    if (!(error instanceof Error)) {
      throw new AssertionError(`A non-Error object was rejected${suffix}`);
    }
    assertIsError(error, classOrMsg, msgIncludes, msg);
    return error;
  }
  throw new AssertionError(`Expected function to reject${suffix}`);
}
