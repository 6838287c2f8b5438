/** Sizes of the model that comes along. @module */

/** Tokens, special ones and bytes included. */
export const VOCAB_SIZE = 2048;

/** Longest conversation, and length of the rows that are trained on. */
export const MAX_POSITIONS = 512;
