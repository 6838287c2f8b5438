// out[t, d] = out[t, d] + x[t, d] / sqrt(mean over d of x[t, d]² + EPS) * weight[d]
//
// rows    RowTable                       read
// x       [T, D] f32                     read
// weight  [D] f32                        read
// out     [T, D] f32                     read, write
//
// grid: (1, T). Constants: WG, D, EPS. Used where a block's output is normalised before its residual addition.
// Source: Zhang & Sennrich 2019 (arXiv 1910.07467). CPU twin: tests/reference/rms_norm_add.ts

#import rows

const D4 = D / 4u;

@group(0) @binding(0) var<storage, read> rows: RowTable;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> weight: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4f>;

var<workgroup> sh_squares: array<f32, WG>;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  if wid.y >= rows.count { return; }
  let first = wid.y * D4;
  var squares = vec4f();
  for (var d4 = lid.x; d4 < D4; d4 += WG) {
    let v = x[first + d4];
    squares = fma(v, v, squares);
  }
  sh_squares[lid.x] = (squares.x + squares.y) + (squares.z + squares.w);
  workgroupBarrier();
  var sum = 0.0;
  for (var i = 0u; i < WG; i++) { sum += sh_squares[i]; }
  let scale = inverseSqrt(sum / f32(D) + EPS);
  for (var d4 = lid.x; d4 < D4; d4 += WG) {
    out[first + d4] = fma(x[first + d4] * scale, weight[d4], out[first + d4]);
  }
}
