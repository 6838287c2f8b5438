import type { Dtype } from "./dtype.ts";
import { quote } from "./quote.ts";

/** Anything that the pickle of a state dict can build. */
export type PickleValue =
  | null
  | boolean
  | number
  | string
  | PickleTuple
  | PickleDict
  | PickleGlobal
  | TorchStorage
  | TorchTensor;

/** Python's `tuple`. */
export interface PickleTuple {
  readonly kind: "tuple";
  readonly items: readonly PickleValue[];
}

/** Python's `dict` or `OrderedDict`; its keys are strings. */
export interface PickleDict {
  readonly kind: "dict" | "ordered dict";
  readonly items: Map<string, PickleValue>;
}

/** The name of a function or class; there is nothing behind it. */
export interface PickleGlobal {
  readonly kind: "global";
  /** Module and name, joined by a point. */
  readonly name: string;
}

/** Numbers of one type in a file of their own in the zip. */
export interface TorchStorage {
  readonly kind: "storage";
  /** Digits that name the file. */
  readonly key: string;
  readonly dtype: Dtype;
  readonly numElements: number;
}

/** A view of a storage; sizes and strides in elements, outermost first. */
export interface TorchTensor {
  readonly kind: "tensor";
  readonly storage: TorchStorage;
  readonly startElements: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** Says on one line what a value is, for the end of an error message. */
export function describePickle(value: PickleValue | undefined): string {
  if (value === undefined) return "nothing";
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return quote(value);
  if (typeof value === "number") return String(value);
  if (value.kind === "global") return quote(value.name);
  if (value.kind === "tuple") return `a tuple of ${value.items.length}`;
  return value.kind === "ordered dict" ? "an OrderedDict" : `a ${value.kind}`;
}
