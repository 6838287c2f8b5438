// out[t, d] = SCALE * w[token of row t, d]
//
// rows  RowTable                         read
// w     [ceil(M/32), D, 32] weights      read   (a slice of the table: tokens M0 .. M0+M)
// out   [T, D] f32                       write
//
// grid: (ceil(D/WG), T). Constants: D, M, M0, SCALE. CPU twin: tests/reference/embed.ts

#import rows
#import WEIGHTS

const WG = 64u;
const K = D;
const SPAN = 1u;

@group(0) @binding(0) var<storage, read> rows: RowTable;
@group(0) @binding(1) var<storage, read> w: array<Word>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  let d = wid.x * WG + lid.x;
  if wid.y >= rows.count || d >= D { return; }
  let token = rows.row[wid.y].token;
  if token < M0 || token >= M0 + M { return; }
  let m = token - M0;
  out[wid.y * D + d] = SCALE * weight(m, d);
}
