/** Seeds of generations during which a Worker's device or thread is to end. */
export const FAILING_SEEDS = { device: 666, thread: 667 } as const;
