// out[r, m] = residual[r % T, m] + sum over e of weight[r, e] * (x[r % T, columns of e] · w[m, columns of e]),
// for r below T * BRANCHES and experts e
//
// The experts' weights in each branch, which library routed_input finds, come of their gate's values.
//
// rows      RowTable                     read
// x         [T, K] Elem                  read   (NUM_EXPERTS blocks of columns side by side)
// w         [ceil(M/32), K, 32] weights  read   (a slice of the matrix: rows M0 .. M0+M)
// gates     [T, GATE_STRIDE] f32         read   (used when ROUTING is not 0)
// residual  [T, STRIDE] f32              read
// out       [T*BRANCHES, STRIDE] Elem    write
//
// grid: (ceil(M/(32*SPAN)), ceil(T*BRANCHES/TILE)). Constants: K, M, M0, STRIDE, TILE, SPAN, GROUPS, BRANCHES (1 when ROUTING is 0),
// ROUTING, NUM_EXPERTS, GATE_STRIDE.
// Used for a drafter's last projection: both branches start from one residual. CPU twin: tests/reference/matmul_hidden.ts

#import rows
#import WEIGHTS
#import matmul
#import routed_input

@group(0) @binding(0) var<storage, read> rows: RowTable;
@group(0) @binding(1) var<storage, read> x: array<Four>;
@group(0) @binding(2) var<storage, read> w: array<Word>;
@group(0) @binding(3) var<storage, read> gates: array<f32>;
@group(0) @binding(4) var<storage, read> residual: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> out: array<vec4<Elem>>;

fn finish(row: u32, out4: u32, sum: vec4f) {
  if out4 * 4u >= M { return; }
  let at = M0 / 4u + out4;
  let kept = residual[(row % rows.count) * (STRIDE / 4u) + at];
  out[row * (STRIDE / 4u) + at] = vec4<Elem>(kept + sum);
}

@compute @workgroup_size(8, GROUPS)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  let num_rows = rows.count * BRANCHES;
  if wid.y * TILE >= num_rows { return; }
  prepare_input(wid.y * TILE, lid.y * 8u + lid.x, num_rows);
  matmul(wid.x * SPAN, lid.x, lid.y, wid.y * TILE, num_rows);
}
