import { msgSuffix } from "./_message.ts";
import { AssertionError } from "./assertion_error.ts";

/** Throws always: marks code that cannot be reached. */
export function unreachable(msg?: string): never {
  throw new AssertionError(`Unreachable${msgSuffix(msg)}`);
}
