import { assertEquals, assertRejects, assertThrows } from "@std/assert";

type ErrorClass = abstract new (...args: never[]) => Error;

/** Asserts that `run` throws exactly this error. */
export function assertError(
  run: () => unknown,
  [errorClass, message]: readonly [ErrorClass, string],
): void {
  const error = assertThrows(run, errorClass);
  assertEquals(error.message, message);
}

/** Asserts that `run` rejects with exactly this error; `directory` is `DIR` in its message. */
export async function assertErrorAsync(
  run: () => Promise<unknown>,
  [errorClass, message]: readonly [ErrorClass, string],
  { directory = "DIR" }: { readonly directory?: string } = {},
): Promise<void> {
  const error = await assertRejects(run, errorClass);
  assertEquals(error.message.replaceAll(directory, "DIR"), message);
}
