// Rows of a product as they are stored.
//
// Needs from the importer: library matmul; x: array<Input4> [T, K].

#import FOURS

alias Input4 = Four;

fn input4(tile_row: u32, row: u32, k4: u32) -> vec4f { return values4(x[row * K4 + k4]); }

fn chunk_weight(tile_row: u32, chunk: u32) -> f32 { return 1.0; }

fn prepare_input(row0: u32, thread: u32, num_rows: u32) {}
