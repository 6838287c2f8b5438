// head = rotated(head / sqrt(mean of its squares + EPS) * weight), for the query heads of a row and the key heads of
// its slot, or, where BY_ROW, of its place in the pass
//
// Heads and weights hold pairs (e, e + E/2) side by side, as matmul_qkv.wgsl stores them.
//
// rows      RowTable                     read
// rope      [S, E/2] (cos, sin) f32      read
// q_weight  [E] f32                      read
// k_weight  [E] f32                      read
// q         [T, H, E] Elem               read, write
// k         [S, G, E] Cache              read, write   (BY_ROW: [T, G, E])
//
// grid: (H + G, T). Constants: WG, EPS, NUM_HEADS = H, NUM_KV_HEADS = G, HEAD_DIM = E (a multiple of 4),
// BY_ROW, Cache (f16 or f32). Used between matmul_qkv and attention.
// Source: Henry et al. 2020 (arXiv 2010.04245); Su et al. 2021 (arXiv 2104.09864).
// CPU twin: tests/reference/qk_norm.ts

#import rows

const E4 = HEAD_DIM / 4u;

@group(0) @binding(0) var<storage, read> rows: RowTable;
@group(0) @binding(1) var<storage, read> rope: array<vec4f>;
@group(0) @binding(2) var<storage, read> q_weight: array<vec4f>;
@group(0) @binding(3) var<storage, read> k_weight: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> q: array<vec4<Elem>>;
@group(0) @binding(5) var<storage, read_write> k: array<vec4<Cache>>;

var<workgroup> sh_squares: array<f32, WG>;

fn turned(head: vec4f, position: u32, e4: u32) -> vec4f {
  let turn = rope[position * E4 + e4];
  return fma(head, turn.xxzz, vec4f(-head.y, head.x, -head.w, head.z) * turn.yyww);
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  if wid.y >= rows.count { return; }
  let is_query = wid.x < NUM_HEADS;
  let position = rows.row[wid.y].position;
  let of_query = (wid.y * NUM_HEADS + wid.x) * E4;
  let place = select(rows.row[wid.y].slot, wid.y, BY_ROW == 1u);
  let of_key = (place * NUM_KV_HEADS + wid.x - NUM_HEADS) * E4;
  var squares = vec4f();
  for (var e4 = lid.x; e4 < E4; e4 += WG) {
    var head: vec4f;
    if is_query { head = vec4f(q[of_query + e4]); } else { head = vec4f(k[of_key + e4]); }
    squares = fma(head, head, squares);
  }
  sh_squares[lid.x] = (squares.x + squares.y) + (squares.z + squares.w);
  workgroupBarrier();
  var sum = 0.0;
  for (var i = 0u; i < WG; i++) { sum += sh_squares[i]; }
  let scale = inverseSqrt(sum / f32(HEAD_DIM) + EPS);
  for (var e4 = lid.x; e4 < E4; e4 += WG) {
    if is_query {
      let head = vec4f(q[of_query + e4]) * scale * q_weight[e4];
      q[of_query + e4] = vec4<Elem>(turned(head, position, e4));
    } else {
      let head = vec4f(k[of_key + e4]) * scale * k_weight[e4];
      k[of_key + e4] = vec4<Cache>(turned(head, position, e4));
    }
  }
}
