/** What was measured while training. */
export interface CurvePoint {
  /** Steps made. */
  readonly step: number;
  /** Seconds since the start. */
  readonly seconds: number;
  /** Nats a token, over the steps since the last point. */
  readonly train: number;
  /** Norm of the gradients before clipping, over the same steps. */
  readonly gradNorm: number;
  /** Nats a token on what is held out, by name; absent at most points. */
  readonly heldOut?: Readonly<Record<string, number>>;
}
