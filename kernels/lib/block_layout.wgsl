// Where the parts of a matrix lie that is stored in blocks which share scales. Of 32 outputs and a few columns, what 8
// threads read side by side lies side by side. Counted in words of 8 bytes:
//
//   low    [blocks, K/4, LOW_BITS/4, 8]  the lowest bits: of 4 columns and 4 outputs, those of an output beside each other
//   scale  [blocks, K/32, 8]             f16 of 4 outputs; in super-blocks 2 bytes for each output, of scale and minimum or
//                                        of the scales of 16 columns each
//   min    [blocks, K/32, 8]             f16 of 4 outputs, where HAS_MIN and no super-blocks
//   d      [blocks, K/256, 8]            f16 of 4 outputs, where IS_SUPER: what the scales are multiplied by
//   dmin   [blocks, K/256, 8]            the same for minimums
//   high   [blocks, K/32, 16*HIGH_BITS]  the highest bits
//
// Needs from the importer: const K, M, LOW_BITS (4 or 8), HIGH_BITS (0 to 2), HAS_MIN, IS_SUPER. Source: ggml's quants.

const COLS4 = K / 4u;
const RUNS = K / 32u;
const SUPERS = K / 256u;
const BLOCKS = (M + 31u) / 32u;
const SCALE_AT = BLOCKS * K * LOW_BITS / 2u;
const MIN_AT = SCALE_AT + BLOCKS * RUNS * 8u;
const D_AT = MIN_AT + BLOCKS * RUNS * 8u * HAS_MIN * (1u - IS_SUPER);
const DMIN_AT = D_AT + BLOCKS * SUPERS * 8u * IS_SUPER;
const HIGH_AT = DMIN_AT + BLOCKS * SUPERS * 8u * IS_SUPER * HAS_MIN;

fn low_at(block: u32, k4: u32, lane: u32) -> u32 { return (block * COLS4 + k4) * 2u * LOW_BITS + lane; }

fn run_at(block: u32, k4: u32, lane: u32) -> u32 { return (block * RUNS + k4 / 8u) * 8u + lane; }

fn super_at(block: u32, k4: u32, lane: u32) -> u32 { return (block * SUPERS + k4 / 64u) * 8u + lane; }

fn high_at(block: u32, k4: u32, lane: u32) -> u32 {
  let per_word = 4u / max(HIGH_BITS, 1u);
  return HIGH_AT + (block * COLS4 / per_word + k4 / per_word) * 8u + lane;
}
