import type { WeightEntry } from "../checkpoint/mod.ts";

/** One tensor of a matrix that is put together from several. */
export interface MatrixPart {
  /** Rows `[M, K]` in the checkpoint. */
  readonly entry: WeightEntry;
  /** Packed row for each of its rows. */
  readonly rowMap: Uint32Array<ArrayBuffer>;
  /** Packed column of its first one. Default: 0. */
  readonly firstCol?: number;
}
