// out[t] = [w[token of row t] ; hidden[hidden_row of row t]]
//
// rows    RowTable                       read
// w       [ceil(M/32), D, 32] weights    read   (a slice of the embeddings: tokens M0 .. M0+M)
// hidden  [*, D] Elem                    read
// out     [T, 2D] Elem                   write
//
// grid: (ceil(2D/WG), T). Constants: D, M, M0. Source: EAGLE, Li et al. 2024 (arXiv 2401.15077).
// CPU twin: tests/reference/draft_input.ts

#import rows
#import WEIGHTS

const WG = 64u;
const K = D;
const SPAN = 1u;

@group(0) @binding(0) var<storage, read> rows: RowTable;
@group(0) @binding(1) var<storage, read> w: array<Word>;
@group(0) @binding(2) var<storage, read> hidden: array<Elem>;
@group(0) @binding(3) var<storage, read_write> out: array<Elem>;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  let column = wid.x * WG + lid.x;
  if wid.y >= rows.count || column >= 2u * D { return; }
  let at = wid.y * 2u * D + column;
  if column >= D {
    out[at] = hidden[rows.row[wid.y].hidden_row * D + column - D];
    return;
  }
  let token = rows.row[wid.y].token;
  if token < M0 || token >= M0 + M { return; }
  let m = token - M0;
  out[at] = Elem(weight(m, column));
}
