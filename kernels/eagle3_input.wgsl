// out[t] = [norm(w[token of row t]) * input_norm ; h'],  h' = norm(h) * hidden_norm,  residual[t] = h or h',
// norm(v) = v / sqrt(mean(v²) + EPS), h a row of `hidden`: that of row t, or its hidden_row when GATHERED
//
// rows         RowTable                  read
// w            [ceil(M/32), D, 32] Elem  read   (a slice of the embeddings: tokens M0 .. M0+M)
// hidden       [*, D] Input              read
// input_norm   [D] f32                   read
// hidden_norm  [D] f32                   read
// out          [T, 2D] Elem              write
// residual     [T, D] f32                write  (h' when NORMED_RESIDUAL, else h)
//
// grid: (1, T). Constants: WG, D, M, M0, EPS, Input, GATHERED, NORMED_RESIDUAL.
// Source: EAGLE-3, Li et al. 2025 (arXiv 2503.01840). CPU twin: tests/reference/eagle3_input.ts

#import rows
#import WEIGHTS

const K = D;
const SPAN = 1u;

@group(0) @binding(0) var<storage, read> rows: RowTable;
@group(0) @binding(1) var<storage, read> w: array<Word>;
@group(0) @binding(2) var<storage, read> hidden: array<Input>;
@group(0) @binding(3) var<storage, read> input_norm: array<f32>;
@group(0) @binding(4) var<storage, read> hidden_norm: array<f32>;
@group(0) @binding(5) var<storage, read_write> out: array<Elem>;
@group(0) @binding(6) var<storage, read_write> residual: array<f32>;

// Of the embedding and of the hidden state.
var<workgroup> sh_squares: array<vec2f, WG>;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  if wid.y >= rows.count { return; }
  let token = rows.row[wid.y].token;
  let is_here = token >= M0 && token < M0 + M;
  let m = select(0u, token - M0, is_here);
  let first_h = select(wid.y, rows.row[wid.y].hidden_row, GATHERED == 1u) * D;
  var squares = vec2f();
  for (var d = lid.x; d < D; d += WG) {
    let v = vec2f(weight(m, d), f32(hidden[first_h + d]));
    squares = fma(v, v, squares);
  }
  sh_squares[lid.x] = squares;
  workgroupBarrier();
  var sum = vec2f();
  for (var i = 0u; i < WG; i++) { sum += sh_squares[i]; }
  let scale = inverseSqrt(sum / f32(D) + EPS);
  let first = wid.y * 2u * D;
  for (var d = lid.x; d < D; d += WG) {
    // Each slice's launch writes the hidden state, all of them the same.
    if is_here { out[first + d] = Elem(weight(m, d) * scale.x * input_norm[d]); }
    let h = f32(hidden[first_h + d]);
    let normed = h * scale.y * hidden_norm[d];
    out[first + D + d] = Elem(normed);
    residual[wid.y * D + d] = select(h, normed, NORMED_RESIDUAL == 1u);
  }
}
