// Stores weights in blocks that share scales, as block_layout.wgsl lays them out, into a matrix of zeros: outputs share
// words, so that bits are added to them.
//
// Needs from the importer: what block_layout does; out: array<atomic<u32>>.

#import block_layout

fn add_bits(word: u32, half: u32, bits: u32) {
  if bits != 0u { atomicOr(&out[word * 2u + half], bits); }
}

fn store_quant(m: u32, k: u32, value: u32) {
  let block = m / 32u;
  let lane = m % 32u / 4u;
  let output = m % 4u;
  let k4 = k / 4u;
  let column = k % 4u;
  let at = low_at(block, k4, lane);
  if LOW_BITS == 8u {
    add_bits(at + column / 2u * 8u, column % 2u, (value & 0xffu) << (8u * output));
    return;
  }
  add_bits(at, column / 2u, (value & 15u) << (16u * (column % 2u) + 4u * output));
  if HIGH_BITS == 1u {
    add_bits(high_at(block, k4, lane), k4 % 4u / 2u, (value >> 4u) << (16u * (k4 % 2u) + 4u * column + output));
  } else if HIGH_BITS == 2u {
    add_bits(high_at(block, k4, lane), k4 % 2u, (value >> 4u) << (8u * column + 2u * output));
  }
}

// f16 bits of one output, in the part that begins at `first`.
fn store_half(first: u32, place: u32, m: u32, bits: u32) {
  add_bits(first + place, m % 4u / 2u, bits << (16u * (m % 2u)));
}

// A byte of one output beside the scales of a run of 32 columns.
fn store_byte(m: u32, k: u32, half: u32, bits: u32) {
  add_bits(SCALE_AT + run_at(m / 32u, k / 4u, m % 32u / 4u), half, bits << (8u * (m % 4u)));
}
