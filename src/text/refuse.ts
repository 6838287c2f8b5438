import { describeJson } from "./json_object.ts";
import { quote } from "./quote.ts";

/** What a value in a file breaks. */
export interface Refusal {
  /** The file. */
  readonly file: string;
  /** What must hold. */
  readonly rule: string;
  /** The value that does not. */
  readonly found: unknown;
}

/** @throws {RangeError} Always: a file holds a value that cannot be used. */
export function refuseValue(refusal: Refusal): never {
  throw new RangeError(describeRefusal(refusal));
}

/** @throws {TypeError} Always: a file holds a value of the wrong type. */
export function refuseType(refusal: Refusal): never {
  throw new TypeError(describeRefusal(refusal));
}

function describeRefusal({ file, rule, found }: Refusal): string {
  return `Cannot load ${quote(file)} as ${rule}: found ${describeJson(found)}`;
}
