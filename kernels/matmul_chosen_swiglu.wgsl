// out[t, c, f] = silu(gate[f]) * up[f],  [gate; up] = x[t] · wᵀ of the expert that is row t's choice c
//
// The experts' rows lie below each other, each expert's EXPERT_BLOCKS blocks of 32, in fours as in matmul_swiglu.wgsl.
//
// rows    RowTable                       read
// x       [T, K] Elem                    read
// w       [ceil(M/32), K, 32] weights    read   (a slice of the matrix: rows M0 .. M0+M)
// choice  [T, CHOSEN] Choice             read
// out     [T, CHOSEN, STRIDE] Elem       write
//
// grid: (EXPERT_BLOCKS, T*CHOSEN). Constants: K, M, M0, STRIDE, TILE (1), SPAN (1), GROUPS, CHOSEN, EXPERT_BLOCKS.
// Source: Shazeer 2020 (arXiv 2002.05202); Jiang et al. 2024 (arXiv 2401.04088).
// CPU twin: tests/reference/matmul_chosen_swiglu.ts

#import rows
#import choice
#import WEIGHTS
#import matmul
#import FOURS

@group(0) @binding(0) var<storage, read> rows: RowTable;
@group(0) @binding(1) var<storage, read> x: array<Four>;
@group(0) @binding(2) var<storage, read> w: array<Word>;
@group(0) @binding(3) var<storage, read> choice: array<Choice>;
@group(0) @binding(4) var<storage, read_write> out: array<vec2<Elem>>;

// First four outputs of the expert, counted from the slice's.
var<private> first_out4: u32;

fn input4(tile_row: u32, row: u32, k4: u32) -> vec4f { return values4(x[row / CHOSEN * K4 + k4]); }

fn chunk_weight(tile_row: u32, chunk: u32) -> f32 { return 1.0; }

fn finish(row: u32, out4: u32, sum: vec4f) {
  let at = out4 - first_out4;
  if at >= STRIDE / 2u { return; }
  let silu = sum.xy / (vec2f(1) + exp(-sum.xy));
  out[row * (STRIDE / 2u) + at] = vec2<Elem>(silu * sum.zw);
}

@compute @workgroup_size(8, GROUPS)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  let num_rows = rows.count * CHOSEN;
  if wid.y >= num_rows { return; }
  let first = choice[wid.y].expert * EXPERT_BLOCKS;
  let block = first + wid.x - M0 / 32u;
  if block >= (M + 31u) / 32u { return; }
  first_out4 = (first - M0 / 32u) * 8u;
  matmul(block, lid.x, lid.y, wid.y, num_rows);
}
