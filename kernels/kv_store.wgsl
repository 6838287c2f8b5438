// Stores keys and values of a pass in the rows' slots of a cache of 8 bits: of each run of 32 elements of a head,
// d = max |x| / 127, q = round(x / d)
//
// rows    RowTable                        read
// keys    [T, G, E] f32                   read
// values  [T, G, E] f32                   read
// k       [S, G, E] as cache_q8.wgsl says write
// v       [S, G, E] as cache_q8.wgsl says write
//
// What a slot holds follows from its row alone. No two threads write the same word.
//
// grid: (ceil(G*RUNS/WG), T, 2): keys, then values. Constants: WG, NUM_KV_HEADS = G, HEAD_DIM = E (a multiple of 4).
// Used between matmul_qkv, or qk_norm, and attention. CPU twin: tests/reference/kv_store.ts

#import rows
#import cache_q8

const E4 = HEAD_DIM / 4u;
// Runs of smaller numbers are zeros: the inverse of their scale might be infinite.
const LEAST = 1.0e-36;

@group(0) @binding(0) var<storage, read> rows: RowTable;
@group(0) @binding(1) var<storage, read> keys: array<vec4f>;
@group(0) @binding(2) var<storage, read> values: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> k: array<CacheWord>;
@group(0) @binding(4) var<storage, read_write> v: array<CacheWord>;

fn fresh4(is_key: bool, at: u32) -> vec4f {
  if is_key { return keys[at]; }
  return values[at];
}

fn store(is_key: bool, at: u32, word: u32) {
  if is_key { k[at] = word; } else { v[at] = word; }
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  let of_row = wid.x * WG + lid.x;
  if wid.y >= rows.count || of_row >= NUM_KV_HEADS * RUNS { return; }
  let is_key = wid.z == 0u;
  let kv_head = of_row / RUNS;
  let first4 = of_row % RUNS * 8u;
  let end4 = min(first4 + 8u, E4);
  let fresh = (wid.y * NUM_KV_HEADS + kv_head) * E4;
  var most = vec4f();
  for (var e4 = first4; e4 < end4; e4++) { most = max(most, abs(fresh4(is_key, fresh + e4))); }
  let largest = max(max(most.x, most.y), max(most.z, most.w));
  var inverse = 0.0;
  if largest >= LEAST { inverse = 127.0 / largest; }
  let head = head_at(rows.row[wid.y].slot, kv_head);
  store(is_key, head + first4 / 8u, bitcast<u32>(largest / 127.0));
  for (var e4 = first4; e4 < end4; e4++) {
    let quants = vec4i(round(fresh4(is_key, fresh + e4) * inverse));
    store(is_key, head + RUNS + e4, pack4xI8(quants));
  }
}
