// out = rows of a checkpoint's matrix (F32, F16 or BF16, as raw words), rounded to blocks of 32 that share a scale, laid out as
// block_layout.wgsl says
//
// Q8_0: q = round(x / d), d = max |x| / 127. Q4_0: q = x / d + 8.5, cut and at most 15, d = the x of largest |x| / -8. Q4_1: q =
// (x - min) / d + 0.5, cut and at most 15, d = (max - min) / 15. As ggml does, d is rounded to f16 after it was divided by.
//
// params    first_row, num_rows          uniform
// source    [num_rows, K] raw            read
// row_map   [all rows of the matrix]     read   (row of the packed matrix for each row of the checkpoint's)
// out       see block_layout.wgsl        read, write   (zeros before)
// overflow  count                        read, write   (values that are not finite)
//
// grid: (ceil(num_rows/WG), K/32). Constants: K, M, M0, SOURCE (0 F32, 1 F16, 2 BF16), FORMAT (0 Q4_0, 1 Q4_1, 4 Q8_0), and
// those of block_layout. Source: ggml's quantize_row_*_ref (ggml-quants.c). CPU twin: tests/reference/quantize.ts

#import store_blocks

const WG = 32u;
const Q4_1 = 1u;
const Q8_0 = 4u;

struct Params {
  first_row: u32,
  num_rows: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<u32>;
@group(0) @binding(2) var<storage, read> row_map: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<atomic<u32>>;
@group(0) @binding(4) var<storage, read_write> overflow: atomic<u32>;

fn element(at: u32) -> f32 {
  if SOURCE == 0u { return bitcast<f32>(source[at]); }
  let half = (source[at / 2u] >> (16u * (at % 2u))) & 0xffffu;
  if SOURCE == 1u { return unpack2x16float(half).x; }
  return bitcast<f32>(half << 16u);
}

fn half_bits(value: f32) -> u32 { return pack2x16float(vec2f(value, 0.0)) & 0xffffu; }

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  let row = wid.x * WG + lid.x;
  if row >= params.num_rows { return; }
  let packed_row = row_map[params.first_row + row];
  if packed_row < M0 || packed_row >= M0 + M { return; }
  let m = packed_row - M0;
  let k = wid.y * 32u;
  let first = row * K + k;
  var most = element(first);
  var least = most;
  for (var e = 0u; e < 32u; e++) {
    let value = element(first + e);
    if !(abs(value) <= 65504.0) { atomicAdd(&overflow, 1u); }
    most = max(most, value);
    least = min(least, value);
  }
  var d = max(most, -least) / 127.0;
  // Of two as large, the one with the sign of the first is as good.
  if FORMAT < Q8_0 { d = select(least, most, most > -least) / -8.0; }
  if FORMAT == Q4_1 { d = (most - least) / 15.0; }
  var inverse = 0.0;
  if d != 0.0 { inverse = 1.0 / d; }
  let place = run_at(m / 32u, k / 4u, m % 32u / 4u);
  store_half(SCALE_AT, place, m, half_bits(d));
  if HAS_MIN == 1u { store_half(MIN_AT, place, m, half_bits(least)); }
  for (var e = 0u; e < 32u; e++) {
    let value = element(first + e);
    if FORMAT == Q8_0 {
      let scaled = value * inverse;
      // Away from zero at a half, as C rounds.
      store_quant(m, k + e, bitcast<u32>(i32(scaled + select(-0.5, 0.5, scaled > 0.0))));
    } else {
      let shift = select(8.5, 0.5, FORMAT == Q4_1);
      let shifted = select(value, value - least, FORMAT == Q4_1);
      store_quant(m, k + e, u32(clamp(fma(shifted, inverse, shift), 0.0, 15.0)));
    }
  }
}
