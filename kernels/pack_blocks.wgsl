// out = the rows of a matrix stored in ggml's blocks, rearranged as block_layout.wgsl says, bit for bit
//
// params   first_row, num_rows           uniform
// source   [num_rows, K] blocks, raw     read
// row_map  [all rows of the matrix]      read   (row of the packed matrix for each row of the checkpoint's)
// out      see block_layout.wgsl         read, write   (zeros before)
//
// grid: (ceil(num_rows/WG), K/32). Constants: K, M, M0, FORMAT (see src/ops/weight_format.ts), BLOCK_BYTES, and those of
// block_layout. Source: ggml's block_q* (ggml-common.h) and dequantize_row_* (ggml-quants.c). CPU twin:
// tests/reference/pack_blocks.ts

#import store_blocks

const WG = 32u;
const Q4_0 = 0u;
const Q4_1 = 1u;
const Q5_0 = 2u;
const Q5_1 = 3u;
const Q8_0 = 4u;
const Q4_K = 5u;
const Q5_K = 6u;
const Q6_K = 7u;

struct Params {
  first_row: u32,
  num_rows: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<u32>;
@group(0) @binding(2) var<storage, read> row_map: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<atomic<u32>>;

fn byte(at: u32) -> u32 { return (source[at / 4u] >> (8u * (at % 4u))) & 0xffu; }

fn half(at: u32) -> u32 { return byte(at) | (byte(at + 1u) << 8u); }

// Bits of the element at `e` of 32, of a block that begins at byte `at`.
fn small_quant(at: u32, e: u32) -> u32 {
  if FORMAT == Q8_0 { return byte(at + 2u + e); }
  let header = 2u + 2u * HAS_MIN;
  let nibble = (byte(at + header + 4u * HIGH_BITS + e % 16u) >> (e / 16u * 4u)) & 15u;
  if HIGH_BITS == 0u { return nibble; }
  return nibble | (((byte(at + header + e / 8u) >> (e % 8u)) & 1u) << 4u);
}

// The same of run j of 8 in a super-block.
fn super_quant(at: u32, j: u32, e: u32) -> u32 {
  if FORMAT == Q6_K {
    let part = j % 4u;
    let low = (byte(at + j / 4u * 64u + part % 2u * 32u + e) >> (part / 2u * 4u)) & 15u;
    return low | (((byte(at + 128u + j / 4u * 32u + e) >> (2u * part)) & 3u) << 4u);
  }
  let nibble = (byte(at + 16u + 32u * HIGH_BITS + j / 2u * 32u + e) >> (j % 2u * 4u)) & 15u;
  if HIGH_BITS == 0u { return nibble; }
  return nibble | (((byte(at + 16u + e) >> j) & 1u) << 4u);
}

fn store_super_scales(at: u32, j: u32, m: u32, k: u32) {
  let place = super_at(m / 32u, k / 4u, m % 32u / 4u);
  if FORMAT == Q6_K {
    store_byte(m, k, 0u, byte(at + 192u + j * 2u));
    store_byte(m, k, 1u, byte(at + 193u + j * 2u));
    if j == 0u { store_half(D_AT, place, m, half(at + 208u)); }
    return;
  }
  let scales = at + 4u;
  var scale = byte(scales + j) & 63u;
  var least = byte(scales + j + 4u) & 63u;
  if j >= 4u {
    scale = (byte(scales + j + 4u) & 15u) | ((byte(scales + j - 4u) >> 6u) << 4u);
    least = (byte(scales + j + 4u) >> 4u) | ((byte(scales + j) >> 6u) << 4u);
  }
  store_byte(m, k, 0u, scale);
  store_byte(m, k, 1u, least);
  if j == 0u {
    store_half(D_AT, place, m, half(at));
    store_half(DMIN_AT, place, m, half(at + 2u));
  }
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  let row = wid.x * WG + lid.x;
  if row >= params.num_rows { return; }
  let packed_row = row_map[params.first_row + row];
  if packed_row < M0 || packed_row >= M0 + M { return; }
  let m = packed_row - M0;
  let run = wid.y;
  let k = run * 32u;
  if IS_SUPER == 1u {
    let at = (row * SUPERS + run / 8u) * BLOCK_BYTES;
    store_super_scales(at, run % 8u, m, k);
    for (var e = 0u; e < 32u; e++) { store_quant(m, k + e, super_quant(at, run % 8u, e)); }
    return;
  }
  let at = (row * RUNS + run) * BLOCK_BYTES;
  let place = run_at(m / 32u, k / 4u, m % 32u / 4u);
  store_half(SCALE_AT, place, m, half(at));
  if HAS_MIN == 1u { store_half(MIN_AT, place, m, half(at + 2u)); }
  for (var e = 0u; e < 32u; e++) { store_quant(m, k + e, small_quant(at, e)); }
}
