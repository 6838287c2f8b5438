/** Sequences to train on, padded to one length. All batches of a trainer have the same two sizes. */
export interface TrainBatch {
  /** `B` */
  readonly numSequences: number;
  /** `T`, padding included. */
  readonly length: number;
  /** `[B, T]`, padded with 0. */
  readonly tokenIds: Int32Array<ArrayBuffer>;
  /** `[B, T, D]`: the target's hidden states after its final norm. */
  readonly hidden: Float32Array<ArrayBuffer>;
  /**
   * `[B, T]`: 1 where token `t` counts, 0 elsewhere, in the padding, and at the last token before
   * the padding, as its next state is not there.
   */
  readonly lossMask: Float32Array<ArrayBuffer>;
}
