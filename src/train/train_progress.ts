import type { CurvePoint } from "./curve_point.ts";

/** How far a training has come. */
export type TrainProgress =
  /** Bytes of a file of the target downloaded. */
  | {
    readonly phase: "download";
    readonly done: number;
    readonly total: number;
    /** The file. */
    readonly file: string;
  }
  /** Texts of the data turned into ids. */
  | { readonly phase: "read"; readonly done: number; readonly total: number }
  /** Bytes of the target on the device. */
  | { readonly phase: "load"; readonly done: number; readonly total: number }
  /** Tokens that the target has written. */
  | { readonly phase: "write"; readonly done: number; readonly total: number }
  /** Texts continued to measure the drafter. */
  | { readonly phase: "measure"; readonly done: number; readonly total: number }
  /** Something to know. */
  | { readonly phase: "note"; readonly text: string }
  /** Steps made. */
  | {
    readonly phase: "train";
    readonly done: number;
    readonly total: number;
    /** The last point of the curves. */
    readonly point: CurvePoint | null;
    /** Tokens trained on a second, lately; 0 where nothing is known yet. */
    readonly tokensPerSecond: number;
    /** Seconds until the last step at that pace; null where nothing is known yet. */
    readonly secondsLeft: number | null;
  };
