// Each element's bits go to the words of its 32 outputs, where 4 outputs of 4 columns lie together; the scales of a block go
// to a part of their own.

import { at } from "./lib/at.ts";
import { blockElement, type BlockName, BLOCKS } from "./lib/block_formats.ts";

/** What formats are made of, as in `src/ops/weight_format.ts`. */
const PARTS: Readonly<
  Record<BlockName, { low: 4 | 8; high: 0 | 1 | 2; hasMin: boolean }>
> = {
  Q4_0: { low: 4, high: 0, hasMin: false },
  Q4_1: { low: 4, high: 0, hasMin: true },
  Q5_0: { low: 4, high: 1, hasMin: false },
  Q5_1: { low: 4, high: 1, hasMin: true },
  Q8_0: { low: 8, high: 0, hasMin: false },
  Q4_K: { low: 4, high: 0, hasMin: true },
  Q5_K: { low: 4, high: 1, hasMin: true },
  Q6_K: { low: 4, high: 2, hasMin: false },
};

/**
 * CPU twin of `kernels/pack_blocks.wgsl`.
 *
 * @param bindings Rows in blocks, where each goes, and words of the whole matrix, which are added to.
 * @param sizes Rows `M` and columns `K` of the matrix, and the format.
 */
export function packBlocks(
  bindings: {
    readonly source: Uint8Array;
    readonly rowMap: ArrayLike<number>;
    readonly out: Uint32Array;
  },
  sizes: { readonly M: number; readonly K: number; readonly format: BlockName },
): void {
  const { M, K, format } = sizes;
  const { source, rowMap, out } = bindings;
  const { low, high, hasMin } = PARTS[format];
  const [size, numBytes] = BLOCKS[format];
  const isSuper = size === 256;
  const numBlocks = Math.ceil(M / 32);
  // Parts in 32-bit words, one after another.
  let end = 0;
  const part = (perBlock: number): number => {
    const first = end;
    end += numBlocks * perBlock;
    return first;
  };
  const lows = part(K * low);
  const scales = part(K / 32 * 16);
  const mins = part(hasMin && !isSuper ? K / 32 * 16 : 0);
  const ds = part(isSuper ? K / 256 * 16 : 0);
  const dmins = part(isSuper && hasMin ? K / 256 * 16 : 0);
  const highs = part(K * high);
  const rowBytes = K / size * numBytes;
  const put = (bit: number, value: number): void => {
    const word = Math.floor(bit / 32);
    out[word] = (at(out, word) | value << bit % 32) >>> 0;
  };
  for (let row = 0; row * rowBytes < source.length; row++) {
    const m = at(rowMap, row);
    const [block, lane, output] = [m >> 5, m % 32 >> 2, m % 4];
    const bytes = source.subarray(row * rowBytes, (row + 1) * rowBytes);
    for (let k = 0; k < K; k++) {
      const found = blockElement(format, bytes, k);
      const [k4, column] = [k >> 2, k % 4];
      // Pairs of columns share 64 bits of 8 bits each, fours of 4 bits each.
      const group = low === 8 ? k >> 1 : k4;
      const inGroup = low === 8 ? k % 2 : column;
      const word = lows +
        2 * ((block * K / (low === 8 ? 2 : 4) + group) * 8 + lane);
      put(word * 32 + (inGroup * 4 + output) * low, found.quant % 2 ** low);
      if (high > 0) {
        const perWord = 4 / high;
        const of = highs +
          2 * ((block * K / 4 / perWord + Math.floor(k4 / perWord)) * 8 + lane);
        const inWord = k4 % perWord * 16 + column * 4 + output;
        put(of * 32 + inWord * high, found.quant >> 4);
      }
      const run = 2 * ((block * K / 32 + (k >> 5)) * 8 + lane);
      if (!isSuper && k % 32 === 0) {
        put((scales + run) * 32 + output * 16, found.d);
        if (hasMin) put((mins + run) * 32 + output * 16, found.min);
      }
      if (!isSuper) continue;
      if (hasMin && k % 32 === 0) {
        put((scales + run) * 32 + output * 8, found.scale);
        put((scales + run) * 32 + 32 + output * 8, found.least);
      }
      if (!hasMin && k % 16 === 0) {
        put((scales + run + (k >> 4) % 2) * 32 + output * 8, found.scale);
      }
      if (k % 256 > 0) continue;
      const whole = 2 * ((block * K / 256 + (k >> 8)) * 8 + lane);
      put((ds + whole) * 32 + output * 16, found.d);
      if (hasMin) put((dmins + whole) * 32 + output * 16, found.min);
    }
  }
}
