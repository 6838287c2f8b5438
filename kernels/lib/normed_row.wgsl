// A row as a kernel of one workgroup a row reads it: as it is, or normalised by its root mean square on the way,
// as rms_norm.wgsl does and with the same bits.
//
// Needs from the importer: x: array<Input> [T, D] (f32 where NORMED); norm_weight: array<f32> [D], used when NORMED;
//   const WG, D, NORMED, EPS.

var<workgroup> sh_squares: array<f32, WG>;
var<private> row_scale: f32;

// Takes all threads of the workgroup, before they read the row.
fn prepare_row(row: u32, thread: u32) {
  if NORMED == 0u { return; }
  var squares = vec4f();
  for (var d = 4u * thread; d < D; d += 4u * WG) {
    let at = row * D + d;
    let v = vec4f(f32(x[at]), f32(x[at + 1u]), f32(x[at + 2u]), f32(x[at + 3u]));
    squares = fma(v, v, squares);
  }
  sh_squares[thread] = (squares.x + squares.y) + (squares.z + squares.w);
  workgroupBarrier();
  var sum = 0.0;
  for (var i = 0u; i < WG; i++) { sum += sh_squares[i]; }
  row_scale = inverseSqrt(sum / f32(D) + EPS);
}

fn row_value(row: u32, d: u32) -> f32 {
  let v = f32(x[row * D + d]);
  if NORMED == 0u { return v; }
  return f32(Elem(v * row_scale * norm_weight[d]));
}
