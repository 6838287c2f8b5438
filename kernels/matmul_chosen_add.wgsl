// out[t, m] = out[t, m] + sum over c of weight[t, c] * (x[t, c] · w[m] of the expert that is row t's choice c)
//
// The choices' terms are added one after another, in ascending order of experts, which lie below each other in w, each
// with EXPERT_BLOCKS blocks of 32 rows: so it does not matter how w is sliced.
//
// rows    RowTable                       read
// x       [T, CHOSEN, K] Elem            read
// w       [ceil(M/32), K, 32] weights    read   (a slice of the matrix: rows M0 .. M0+M)
// choice  [T, CHOSEN] Choice             read
// out     [T, STRIDE] f32                read, write
//
// grid: (EXPERT_BLOCKS, T). Constants: K, M, M0, STRIDE, TILE (1), SPAN (1), GROUPS, CHOSEN, EXPERT_BLOCKS.
// Source: Jiang et al. 2024 (arXiv 2401.04088). CPU twin: tests/reference/matmul_chosen_add.ts

#import rows
#import choice
#import WEIGHTS
#import matmul
#import plain_input

@group(0) @binding(0) var<storage, read> rows: RowTable;
@group(0) @binding(1) var<storage, read> x: array<Input4>;
@group(0) @binding(2) var<storage, read> w: array<Word>;
@group(0) @binding(3) var<storage, read> choice: array<Choice>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4f>;

// First four outputs of the expert, counted from the slice's.
var<private> first_out4: u32;

fn finish(row: u32, out4: u32, sum: vec4f) {
  let at = out4 - first_out4;
  if at >= STRIDE / 4u { return; }
  let to = row / CHOSEN * (STRIDE / 4u) + at;
  out[to] = fma(vec4f(choice[row].weight), sum, out[to]);
}

@compute @workgroup_size(8, GROUPS)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  if wid.y >= rows.count { return; }
  for (var c = 0u; c < CHOSEN; c++) {
    let row = wid.y * CHOSEN + c;
    let first = choice[row].expert * EXPERT_BLOCKS;
    let block = first + wid.x - M0 / 32u;
    if block < (M + 31u) / 32u {
      first_out4 = (first - M0 / 32u) * 8u;
      matmul(block, lid.x, lid.y, row, rows.count * CHOSEN);
    }
  }
}
