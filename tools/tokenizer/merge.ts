/** Two tokens that become one. */
export type Merge = readonly [left: number, right: number];
