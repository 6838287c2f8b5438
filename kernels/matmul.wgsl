// out[r, m] = cap(sum over k of x[first_logit_row + r, k] * w[m, k]), for r below R * BRANCHES,
// cap(x) = CAP * tanh(x / CAP)
//
// With BRANCH = 1 the second branch alone: out[R + r, m] of x[T + first_logit_row + r, k], for r below R.
// With BRANCHES = 2, first_logit_row must be 0.
//
// rows  RowTable                         read
// x     [T, K] Elem                      read
// w     [ceil(M/32), K, 32] weights      read   (a slice of the matrix: rows M0 .. M0+M)
// out   [R, STRIDE] f32                  write
//
// grid: (ceil(M/(32*SPAN)), ceil(R/TILE)), R = count - first_logit_row. Constants: K, M, M0, STRIDE, TILE, SPAN,
// GROUPS, CAP (0: none), BRANCHES (2 where a drafter's second branch lies behind the first), BRANCH.
// Used for the LM head. CPU twin: tests/reference/matmul.ts

#import rows
#import WEIGHTS
#import matmul
#import plain_input
#import soft_cap

@group(0) @binding(0) var<storage, read> rows: RowTable;
@group(0) @binding(1) var<storage, read> x: array<Input4>;
@group(0) @binding(2) var<storage, read> w: array<Word>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

fn finish(row: u32, out4: u32, sum: vec4f) {
  let at = (row - rows.first_logit_row * (1u + BRANCH)) * STRIDE + M0;
  let value = soft_cap4(sum, CAP);
  for (var i = 0u; i < 4u; i++) {
    let m = out4 * 4u + i;
    if m < M { out[at + m] = value[i]; }
  }
}

@compute @workgroup_size(8, GROUPS)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  let row0 = rows.count * BRANCH + rows.first_logit_row + wid.y * TILE;
  let num_rows = rows.count * (BRANCH + BRANCHES);
  if row0 >= num_rows { return; }
  matmul(wid.x * SPAN, lid.x, lid.y, row0, num_rows);
}
