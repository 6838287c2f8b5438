// out[m/32, K0 + k, m%32] = source[r, k], m = row_map[r] - M0, for rows r whose m lies in 0 .. M
//
// Turns rows of a checkpoint's matrix (F32, F16 or BF16, as raw words) into the layout the matrix
// kernels read: blocks of 32 outputs, so that neighbouring threads read neighbouring weights.
//
// params    first_row, num_rows          uniform
// source    [num_rows, SOURCE_K] raw     read
// row_map   [all rows of the matrix]     read   (row of the packed matrix for each row of the checkpoint's)
// out       [ceil(M/32), K, 32] Elem     write
// overflow  count                        read, write   (values that Elem cannot hold)
//
// grid: (ceil(num_rows/WG), ceil(SOURCE_K/RUN)), RUN = 64 elements of a row a thread. Constants: SOURCE_K, K, K0, M, M0, FORMAT (0 F32, 1 F16, 2 BF16).
// CPU twin: tests/reference/pack.ts

const WG = 32u;
const RUN = 64u;

struct Params {
  first_row: u32,
  num_rows: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<u32>;
@group(0) @binding(2) var<storage, read> row_map: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<Elem>;
@group(0) @binding(4) var<storage, read_write> overflow: atomic<u32>;

fn element(at: u32) -> f32 {
  if FORMAT == 0u { return bitcast<f32>(source[at]); }
  let half = (source[at / 2u] >> (16u * (at % 2u))) & 0xffffu;
  if FORMAT == 1u { return unpack2x16float(half).x; }
  return bitcast<f32>(half << 16u);
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  let row = wid.x * WG + lid.x;
  if row >= params.num_rows { return; }
  let packed_row = row_map[params.first_row + row];
  if packed_row < M0 || packed_row >= M0 + M { return; }
  let m = packed_row - M0;
  let end = min((wid.y + 1u) * RUN, SOURCE_K);
  for (var k = wid.y * RUN; k < end; k++) {
    let value = element(row * SOURCE_K + k);
    if !(abs(value) <= ELEM_MAX) { atomicAdd(&overflow, 1u); }
    out[(m / 32u * K + K0 + k) * 32u + m % 32u] = Elem(value);
  }
}
