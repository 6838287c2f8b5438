/** Seeds of generations during which a Worker's device or thread is to end, or after which its device is. */
export const FAILING_SEEDS = { device: 666, thread: 667, idle: 668 } as const;
