import { MAX_PATH } from "./rows.ts";

/** Words of `Committed` in `kernels/lib/committed.wgsl`: where each field begins. */
export const COMMITTED = { count: 0, base: 1, node: 2 } as const;

/** Words of the whole. */
export const COMMITTED_WORDS = 2 + MAX_PATH;
