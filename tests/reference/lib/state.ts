/** Words of `State` in `kernels/lib/state.wgsl`, in order. */
export const STATE = {
  length: 0,
  numGenerated: 1,
  maxGenerated: 2,
  contextLength: 3,
  stop: 4,
  numRounds: 5,
  ignoreEnd: 6,
} as const;

/** Values of `stop`. */
export const STOP = { running: 0, end: 1, length: 2, context: 3 } as const;
