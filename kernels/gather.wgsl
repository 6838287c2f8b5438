// out[t, d] = x[hidden_row of row t, d]
//
// rows  RowTable                         read
// x     [*, D] Elem                      read
// out   [T, D] Elem                      write
//
// grid: (ceil(D/WG), T). Constants: D. Used where a product takes the rows that a round has committed.
// CPU twin: tests/reference/gather.ts

#import rows

const WG = 64u;

@group(0) @binding(0) var<storage, read> rows: RowTable;
@group(0) @binding(1) var<storage, read> x: array<Elem>;
@group(0) @binding(2) var<storage, read_write> out: array<Elem>;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  let d = wid.x * WG + lid.x;
  if wid.y >= rows.count || d >= D { return; }
  out[wid.y * D + d] = x[rows.row[wid.y].hidden_row * D + d];
}
