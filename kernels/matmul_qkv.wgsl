// [q; k; v][t] = x[t] · wᵀ (+ bias); q and k are, where IS_ROTATED, rotated by the row's position; k and v go into
// the row's slot of the cache, or, where BY_ROW, to the row's place in the pass.
//
// Rows of q and k come in pairs (e, e + E/2), so that one thread holds what the rotation combines; the
// stored heads keep that order, which leaves q · k unchanged.
//
// rows  RowTable                         read
// x     [T, K] Elem                       read
// w     [ceil(M/32), K, 32] weights      read   (a slice of the matrix: rows M0 .. M0+M of (H+2G)E)
// bias  [(H+2G)E] f32                    read   (used when HAS_BIAS; ordered as w's rows)
// norm_weight  [K] f32                read   (used when INPUT is normed_input: x is then f32)
// rope  [S, E/2] (cos, sin) f32          read
// q     [T, H, E] Elem                   write
// k     [S, G, E] Cache                  write  (BY_ROW: [T, G, E])
// v     [S, G, E] Cache                  write  (BY_ROW: [T, G, E])
//
// grid: (ceil(M/(32*SPAN)), ceil(T/TILE)). Constants: INPUT, EPS, NORM_LANES, K, M, M0, TILE, SPAN, GROUPS, HAS_BIAS, Q_SIZE = H*E,
// KV_SIZE = G*E, HEAD_DIM = E, IS_ROTATED, BY_ROW, Cache (f16 or f32).
// Source: Su et al. 2021 (arXiv 2104.09864). CPU twin: tests/reference/matmul_qkv.ts

#import rows
#import WEIGHTS
#import matmul
#import INPUT

@group(0) @binding(0) var<storage, read> rows: RowTable;
@group(0) @binding(1) var<storage, read> x: array<Input4>;
@group(0) @binding(2) var<storage, read> w: array<Word>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;
@group(0) @binding(4) var<storage, read> norm_weight: array<vec4f>;
@group(0) @binding(5) var<storage, read> rope: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> q: array<vec4<Elem>>;
@group(0) @binding(7) var<storage, read_write> k: array<vec4<Cache>>;
@group(0) @binding(8) var<storage, read_write> v: array<vec4<Cache>>;

// Rotates two pairs; each product and sum is rounded in a fixed order, whatever TILE is.
fn rotate(pairs: vec4f, position: u32, element: u32) -> vec4f {
  if IS_ROTATED == 0u { return pairs; }
  let turn = rope[(position * HEAD_DIM + element) / 4u];
  let cosine = turn.xxzz;
  let sine = turn.yyww;
  let crossed = vec4f(-pairs.y, pairs.x, -pairs.w, pairs.z) * sine;
  return fma(pairs, cosine, crossed);
}

fn finish(row: u32, out4: u32, sum: vec4f) {
  if out4 * 4u >= M { return; }
  let m = M0 + out4 * 4u;
  var value = sum;
  if HAS_BIAS == 1u { value += bias[m / 4u]; }
  let position = rows.row[row].position;
  let place = select(rows.row[row].slot, row, BY_ROW == 1u);
  if m < Q_SIZE {
    q[(row * Q_SIZE + m) / 4u] = vec4<Elem>(rotate(value, position, m % HEAD_DIM));
  } else if m < Q_SIZE + KV_SIZE {
    let at = m - Q_SIZE;
    k[(place * KV_SIZE + at) / 4u] = vec4<Cache>(rotate(value, position, at % HEAD_DIM));
  } else {
    v[(place * KV_SIZE + m - Q_SIZE - KV_SIZE) / 4u] = vec4<Cache>(value);
  }
}

@compute @workgroup_size(8, GROUPS)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  if wid.y * TILE >= rows.count { return; }
  prepare_input(wid.y * TILE, lid.y * 8u + lid.x, rows.count);
  matmul(wid.x * SPAN, lid.x, lid.y, wid.y * TILE, rows.count);
}
