// out[t, m] = out[t, m] + bias[m] + sum over k of x[t, k] * w[m, k]
//
// rows  RowTable                         read
// x     [T, K] Elem                      read
// w     [ceil(M/32), K, 32] weights      read   (a slice of the matrix: rows M0 .. M0+M)
// bias  [M] f32                          read   (used when HAS_BIAS)
// out   [T, STRIDE] f32                  read, write
//
// grid: (ceil(M/(32*SPAN)), ceil(T/TILE)). Constants: K, M, M0, STRIDE, TILE, SPAN, GROUPS, HAS_BIAS.
// Used for o_proj and down_proj with their residual additions. CPU twin: tests/reference/matmul_add.ts

#import rows
#import WEIGHTS
#import matmul
#import plain_input

@group(0) @binding(0) var<storage, read> rows: RowTable;
@group(0) @binding(1) var<storage, read> x: array<Input4>;
@group(0) @binding(2) var<storage, read> w: array<Word>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4f>;

fn finish(row: u32, out4: u32, sum: vec4f) {
  if out4 * 4u >= M { return; }
  let at = (row * STRIDE + M0) / 4u + out4;
  var value = sum;
  if HAS_BIAS == 1u { value += bias[M0 / 4u + out4]; }
  out[at] = out[at] + value;
}

@compute @workgroup_size(8, GROUPS)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  if wid.y * TILE >= rows.count { return; }
  matmul(wid.x * SPAN, lid.x, lid.y, wid.y * TILE, rows.count);
}
