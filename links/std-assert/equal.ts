import { isDeepStrictEqual } from "node:util";

type TypedArray = ArrayLike<number | bigint>;

function prototypeOf(value: object): object | null {
  return Object.getPrototypeOf(value) ?? Object.prototype;
}

function isTypedArray(value: object): value is object & TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function typedArraysEqual(a: TypedArray, b: TypedArray): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i] && !Object.is(a[i], b[i])) return false;
  }
  return true;
}

function buffersEqual(a: ArrayBufferLike, b: ArrayBufferLike): boolean {
  return typedArraysEqual(new Uint8Array(a), new Uint8Array(b));
}

function compare(a: unknown, b: unknown, seen: Map<unknown, unknown>): boolean {
  // Zeros of either sign are equal, and so are NaNs: node's own comparison tells zeros apart.
  if (a === b || Object.is(a, b)) return true;
  if (
    typeof a !== "object" || typeof b !== "object" || a === null || b === null
  ) return false;
  if (prototypeOf(a) !== prototypeOf(b)) return false;
  if (isTypedArray(a)) return typedArraysEqual(a, b as object & TypedArray);
  if (a instanceof ArrayBuffer || a instanceof SharedArrayBuffer) {
    return buffersEqual(a, b as ArrayBufferLike);
  }
  if (seen.get(a) === b) return true;
  seen.set(a, b);
  if (a instanceof Map && b instanceof Map) {
    return a.size === b.size && everyPaired(a, b, seen);
  }
  if (a instanceof Set && b instanceof Set) {
    return a.size === b.size && everyPaired(a, b, seen);
  }
  const prototype = prototypeOf(a);
  if (prototype !== Object.prototype && prototype !== Array.prototype) {
    if (a instanceof Date || a instanceof RegExp || a instanceof Error) {
      return isDeepStrictEqual(a, b);
    }
    if (a instanceof URL || a instanceof URLSearchParams) {
      return String(a) === String(b);
    }
  }
  return propertiesEqual(a, b, seen);
}

/** Whether every entry of `a` has an equal one in `b`; keys may be objects, so identity is not enough. */
function everyPaired(
  a: Map<unknown, unknown> | Set<unknown>,
  b: Map<unknown, unknown> | Set<unknown>,
  seen: Map<unknown, unknown>,
): boolean {
  const left = [...b.entries()];
  for (const [key, value] of a.entries()) {
    const i = left.findIndex(([k, v]) =>
      compare(key, k, seen) && compare(value, v, seen)
    );
    if (i === -1) return false;
    left.splice(i, 1);
  }
  return true;
}

function propertiesEqual(
  a: object,
  b: object,
  seen: Map<unknown, unknown>,
): boolean {
  if (Object.keys(a).length !== Object.keys(b).length) return false;
  if (Array.isArray(a) && Array.isArray(b) && a.length !== b.length) {
    return false;
  }
  const keys = Reflect.ownKeys({ ...a, ...b });
  return keys.every((key) =>
    Object.hasOwn(a, key) && Object.hasOwn(b, key) &&
    compare(Reflect.get(a, key), Reflect.get(b, key), seen)
  );
}

/** Whether two values are deeply equal. */
export function equal(a: unknown, b: unknown): boolean {
  return compare(a, b, new Map());
}
