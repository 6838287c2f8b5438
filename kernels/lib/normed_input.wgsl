// Normalises the rows of a tile by their root mean square on their way into a product, as rms_norm.wgsl does
// and with the same bits: `lanes` partial sums of squares, added in lane order.
//
// Needs from the importer: library matmul with NORMED = 1; x: array<vec4<Input>> [T, K] f32;
//   norm_weight: array<vec4f> [K]; const EPS, NORM_LANES (threads of rms_norm.wgsl, at most 8 * GROUPS).

var<workgroup> sh_squares: array<f32, TILE * NORM_LANES>;

fn normalise(row0: u32, thread: u32, num_rows: u32) {
  if thread < NORM_LANES {
    for (var t = 0u; t < TILE; t++) {
      var squares = vec4f();
      if row0 + t < num_rows {
        for (var k4 = thread; k4 < K4; k4 += NORM_LANES) {
          let v = vec4f(x[(row0 + t) * K4 + k4]);
          squares = fma(v, v, squares);
        }
      }
      sh_squares[t * NORM_LANES + thread] = (squares.x + squares.y) + (squares.z + squares.w);
    }
  }
  workgroupBarrier();
  for (var t = 0u; t < TILE; t++) {
    if row0 + t >= num_rows { break; }
    var sum = 0.0;
    for (var i = 0u; i < NORM_LANES; i++) { sum += sh_squares[t * NORM_LANES + i]; }
    let scale = inverseSqrt(sum / f32(K) + EPS);
    for (var k4 = thread; k4 < K4; k4 += 8u * GROUPS) {
      sh_x[t * K4 + k4] = vec4<Elem>(vec4f(x[(row0 + t) * K4 + k4]) * scale * norm_weight[k4]);
    }
  }
  workgroupBarrier();
}
