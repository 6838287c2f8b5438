/** What kept the GPU from being used. */
export type GpuErrorKind =
  | "no-adapter"
  | "missing-limit"
  | "out-of-memory"
  | "device-lost";

/** A failure of the device rather than of its user, such as a missing adapter or exhausted memory. */
export class GpuError extends Error {
  /** What went wrong. */
  readonly kind: GpuErrorKind;

  /**
   * Makes an error.
   *
   * @param kind What went wrong.
   * @param message One line: the action, what must hold, what is.
   */
  constructor(kind: GpuErrorKind, message: string) {
    super(message);
    this.name = "GpuError";
    this.kind = kind;
  }
}
