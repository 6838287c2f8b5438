// Rows of a product, normalised by their root mean square on their way into it, as rms_norm.wgsl does and with the
// same bits: `lanes` partial sums of squares, added in lane order.
//
// Needs from the importer: library matmul; x: array<Input4> [T, K] f32; norm_weight: array<vec4f> [K];
//   const EPS, NORM_LANES (threads of rms_norm.wgsl, at most 8 * GROUPS).

#import FOURS

alias Input4 = vec4f;

var<workgroup> sh_x: array<Four, TILE * K4>;
var<workgroup> sh_squares: array<f32, TILE * NORM_LANES>;

fn input4(tile_row: u32, row: u32, k4: u32) -> vec4f { return values4(sh_x[tile_row * K4 + k4]); }

fn chunk_weight(tile_row: u32, chunk: u32) -> f32 { return 1.0; }

// Takes all threads of the workgroup, before they multiply.
fn prepare_input(row0: u32, thread: u32, num_rows: u32) {
  if thread < NORM_LANES {
    for (var t = 0u; t < TILE; t++) {
      var squares = vec4f();
      if row0 + t < num_rows {
        for (var k4 = thread; k4 < K4; k4 += NORM_LANES) {
          let v = x[(row0 + t) * K4 + k4];
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
      sh_x[t * K4 + k4] = four_of(x[(row0 + t) * K4 + k4] * scale * norm_weight[k4]);
    }
  }
  workgroupBarrier();
}
