/**
 * Places of a static tree, from the root down: which child of the root, which child of that, and so on.
 *
 * Source: `mc_sim_7b_63` of the reference implementation of EAGLE-1 (arXiv 2401.15077), with Jakiro*'s sixth level.
 */
const PLACES = [
  ...["0", "1", "2", "3"],
  ...["00", "01", "02", "10", "11", "20", "21", "30"],
  ...["000", "001", "002", "010", "011", "020", "021", "100"],
  ...["0000", "0001", "0002"],
  ...["00000", "00001"],
  "000000",
] as const;

/** Sizes of the static tree; a level expands at most four nodes, and no node has more children. */
export const STATIC_TREE = {
  numNodes: PLACES.length + 1,
  depth: 5,
  topK: 4,
} as const;

/** Rows of the pass below the first level, by place: of each further level, the first four of these expanded. */
const EXPANDED: Readonly<Record<number, readonly string[]>> = {
  1: ["0", "1", "2", "3"],
  2: ["00", "01", "02", "10"],
  3: ["000", "001", "002", "010"],
  4: ["0000", "0001", "0002", "0010"],
  5: ["00000", "00001", "00002", "00010"],
};

/**
 * Lists the pool entries of the static tree, as `kernels/draft_expand.wgsl` lays them out.
 *
 * @returns A bit for each entry that is kept, 32 a word.
 */
export function staticTreeBits(): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(3);
  const { topK } = STATIC_TREE;
  for (const place of PLACES) {
    const rank = Number(place.at(-1));
    const above = EXPANDED[place.length - 1]?.indexOf(place.slice(0, -1)) ?? 0;
    const first = place.length === 1
      ? 0
      : topK + (place.length - 2) * topK ** 2;
    const entry = first + above * topK + rank;
    const word = Math.floor(entry / 32);
    words[word] = ((words[word] ?? 0) | 1 << entry % 32) >>> 0;
  }
  return words;
}
