/** Words of `HistoryEntry` in `kernels/lib/history.wgsl`, in order. */
export const HISTORY = { token: 0, logProb: 1, origin: 2 } as const;

/** Words of an entry. */
export const HISTORY_WORDS = 3;
