// Rows of a product as they are stored; or, where JOINED, put together on their way into it, as draft_input.wgsl does:
// [embedding of the row's token ; row hidden_row of x].
//
// Needs from the importer: libraries matmul and rows; rows: RowTable;
//   x: array<Four> [T, K] ([*, K/2] where JOINED);
//   embed: array<Elem> [ceil(V/32), K/2, 32], used when JOINED; const JOINED.

#import FOURS

const HALF4 = K4 / 2u;

var<workgroup> sh_x: array<Four, JOINED * TILE * K4 + 1u>;

fn input4(tile_row: u32, row: u32, k4: u32) -> vec4f {
  if JOINED == 1u { return values4(sh_x[tile_row * K4 + k4]); }
  return values4(x[row * K4 + k4]);
}

fn chunk_weight(tile_row: u32, chunk: u32) -> f32 { return 1.0; }

// Takes all threads of the workgroup, before they multiply.
fn prepare_input(row0: u32, thread: u32, num_rows: u32) {
  if JOINED == 0u { return; }
  for (var t = 0u; t < TILE; t++) {
    if row0 + t >= num_rows { break; }
    let token = rows.row[row0 + t].token;
    let hidden_row = rows.row[row0 + t].hidden_row;
    let column = token / 32u * HALF4 * 128u + token % 32u;
    for (var k4 = thread; k4 < HALF4; k4 += 8u * GROUPS) {
      let at = column + k4 * 128u;
      sh_x[t * K4 + k4] = four_of(vec4f(f32(embed[at]), f32(embed[at + 32u]), f32(embed[at + 64u]), f32(embed[at + 96u])));
      sh_x[t * K4 + HALF4 + k4] = x[hidden_row * HALF4 + k4];
    }
  }
  workgroupBarrier();
}
