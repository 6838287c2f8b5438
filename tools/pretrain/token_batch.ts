/** Rows of tokens to train on, padded to one length. */
export interface TokenBatch {
  /** `B` */
  readonly numSequences: number;
  /** `T`, padding included. */
  readonly length: number;
  /** `[B, T]`, padded with 0. */
  readonly tokenIds: Int32Array;
  /** `[B, T]`: 1 where token `t` is to be predicted, 0 elsewhere and in the padding. */
  readonly lossMask: Float32Array;
}
