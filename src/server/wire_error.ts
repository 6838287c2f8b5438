import { GpuError, type GpuErrorKind } from "../decode/mod.ts";

/** An error in a form that can be sent to another thread. */
export interface WireError {
  /** Name of its class. */
  readonly name: string;
  /** What it says. */
  readonly message: string;
  /** What kept the GPU from being used, of a `GpuError`. */
  readonly gpuKind?: GpuErrorKind;
}

/** Classes whose errors callers tell apart. */
const CLASSES = {
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
} as const;

/**
 * Puts what was thrown into a form that can be sent.
 *
 * @param error What was thrown.
 * @returns Name and message.
 */
export function toWireError(error: unknown): WireError {
  if (!(error instanceof Error)) {
    return { name: "Error", message: String(error) };
  }
  const { name, message } = error;
  return error instanceof GpuError
    ? { name, message, gpuKind: error.kind }
    : { name, message };
}

/**
 * Makes an error of what {@linkcode toWireError} made of one.
 *
 * @param wire Name and message.
 * @returns An error of the same class where callers tell it apart, else an `Error` of that name.
 */
export function fromWireError(wire: WireError): Error {
  const { name, message, gpuKind } = wire;
  if (gpuKind !== undefined) return new GpuError(gpuKind, message);
  if (Object.hasOwn(CLASSES, name)) {
    return new CLASSES[name as keyof typeof CLASSES](message);
  }
  const error = new Error(message);
  error.name = name;
  return error;
}
