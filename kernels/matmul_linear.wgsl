// out[t, m] = bias[m] + sum over k of x[t, k] * w[m, k], once in f32 and once as Elem
//
// When JOINED, the row multiplied is [embed[token of row t] ; x[hidden_row of row t]], as of draft_input.wgsl.
//
// rows      RowTable                     read
// x         [T, K] Elem                  read   ([*, K/2] when JOINED)
// w         [ceil(M/32), K, 32] weights  read   (a slice of the matrix: rows M0 .. M0+M)
// embed     [ceil(V/32), K/2, 32] Elem   read   (used when JOINED)
// bias      [M] f32                      read   (used when HAS_BIAS)
// out       [T, STRIDE] f32              write
// out_elem  [T, STRIDE] Elem             write
//
// grid: (ceil(M/(32*SPAN)), ceil(T/TILE)). Constants: K, M, M0, STRIDE, TILE, SPAN, GROUPS, HAS_BIAS, JOINED.
// Used for a drafter's fc, whose output is both residual stream and input. CPU twin: tests/reference/matmul_linear.ts

#import rows
#import WEIGHTS
#import matmul
#import joined_input

@group(0) @binding(0) var<storage, read> rows: RowTable;
@group(0) @binding(1) var<storage, read> x: array<Four>;
@group(0) @binding(2) var<storage, read> w: array<Word>;
@group(0) @binding(3) var<storage, read> embed: array<Elem>;
@group(0) @binding(4) var<storage, read> bias: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> out_elem: array<vec4<Elem>>;

fn finish(row: u32, out4: u32, sum: vec4f) {
  if out4 * 4u >= M { return; }
  let at = (row * STRIDE + M0) / 4u + out4;
  var value = sum;
  if HAS_BIAS == 1u { value += bias[M0 / 4u + out4]; }
  out[at] = value;
  out_elem[at] = vec4<Elem>(value);
}

@compute @workgroup_size(8, GROUPS)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  if wid.y * TILE >= rows.count { return; }
  prepare_input(wid.y * TILE, lid.y * 8u + lid.x, rows.count);
  matmul(wid.x * SPAN, lid.x, lid.y, wid.y * TILE, rows.count);
}
