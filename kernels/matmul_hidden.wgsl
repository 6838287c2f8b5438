// out[r, m] = residual[r % T, m] + sum over k of x[r, k] * w[m, k], for r below T * BRANCHES
//
// rows      RowTable                     read
// x         [T*BRANCHES, K] Elem         read
// w         [ceil(M/32), K, 32] Elem     read   (a slice of the matrix: rows M0 .. M0+M)
// residual  [T, STRIDE] f32              read
// out       [T*BRANCHES, STRIDE] Elem    write
//
// grid: (ceil(M/32), ceil(T*BRANCHES/TILE)). Constants: K, M, M0, STRIDE, TILE, GROUPS, BRANCHES.
// Used for a drafter's last projection: both branches start from one residual. CPU twin: tests/reference/matmul_hidden.ts

#import rows
#import matmul

@group(0) @binding(0) var<storage, read> rows: RowTable;
@group(0) @binding(1) var<storage, read> x: array<vec4<Input>>;
@group(0) @binding(2) var<storage, read> w: array<vec4<Elem>>;
@group(0) @binding(3) var<storage, read> residual: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4<Elem>>;

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
  matmul(wid.x, lid.x, lid.y, wid.y * TILE, num_rows);
}
