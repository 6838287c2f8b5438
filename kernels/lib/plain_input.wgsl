// Rows of a product as they are stored.
//
// Needs from the importer: library matmul; x: array<vec4<Elem>> [T, K].

fn input4(tile_row: u32, row: u32, k4: u32) -> vec4f {
  return vec4f(x[row * K4 + k4]);
}

fn chunk_weight(tile_row: u32, chunk: u32) -> f32 { return 1.0; }
