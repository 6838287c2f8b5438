// out[t, h] = sum over p of softmax(cap(SCALE * q[t, h] · k[p, h/(H/G)])) * v[p, h/(H/G)],
// p from position - WINDOW + 1 to position, cap(x) = CAP * tanh(x / CAP)
//
// As attention.wgsl, but one thread walks all keys of one row and head, in position order, and no thread
// waits for another: for adapters that run on a CPU, where barriers cost more than they save.
//
// rows  RowTable                         read
// q     [T, H, E] Elem                   read
// k     [S, G, E] as library CACHE says  read
// v     [S, G, E] as library CACHE says  read
// out   [T, H, E] Elem                   write
//
// grid: (ceil(T*H/WG), 1). Constants: NUM_HEADS = H, NUM_KV_HEADS = G, HEAD_DIM = E (a multiple of 4, at most
// 256), SEQUENCE_SLOTS, SCALE, CAP and WINDOW as in attention.wgsl.
// Source: Milakov & Gimelshein 2018 (arXiv 1805.02867). CPU twin: tests/reference/attention_serial.ts

#import rows
#import CACHE
#import soft_cap

const WG = 8u;
const E4 = HEAD_DIM / 4u;

@group(0) @binding(0) var<storage, read> rows: RowTable;
@group(0) @binding(1) var<storage, read> q: array<vec4<Elem>>;
@group(0) @binding(2) var<storage, read> k: array<CacheWord>;
@group(0) @binding(3) var<storage, read> v: array<CacheWord>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4<Elem>>;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) gid: vec3u) {
  let row = gid.x / NUM_HEADS;
  if row >= rows.count { return; }
  let head = gid.x % NUM_HEADS;
  let kv_head = head / (NUM_HEADS / NUM_KV_HEADS);
  let position = rows.row[row].position;
  let base = rows.row[row].base;
  let first_slot = rows.row[row].slot / SEQUENCE_SLOTS * SEQUENCE_SLOTS;
  var query: array<vec4f, E4>;
  var value: array<vec4f, E4>;
  for (var e4 = 0u; e4 < E4; e4++) { query[e4] = vec4f(q[gid.x * E4 + e4]) * SCALE; }
  var highest = -3.0e38;
  var sum = 0.0;
  for (var p = position + 1u - min(position + 1u, WINDOW); p <= position; p++) {
    var slot = first_slot + p;
    if p >= base { slot = rows.row[row].path[p - base]; }
    let key_head = head_at(slot, kv_head);
    var products = vec4f();
    for (var e4 = 0u; e4 < E4; e4++) { products = fma(query[e4], key4(key_head, e4), products); }
    let score = soft_cap((products.x + products.y) + (products.z + products.w), CAP);
    // Either the new key or what is summed so far is scaled down: one exponential a key.
    let shrunk = exp(-abs(score - highest));
    let is_higher = score > highest;
    let keep = select(1.0, shrunk, is_higher);
    let weight = select(shrunk, 1.0, is_higher);
    highest = max(highest, score);
    sum = fma(sum, keep, weight);
    for (var e4 = 0u; e4 < E4; e4++) {
      value[e4] = fma(value[e4], vec4f(keep), value4(key_head, e4) * weight);
    }
  }
  for (var e4 = 0u; e4 < E4; e4++) { out[gid.x * E4 + e4] = vec4<Elem>(value[e4] / sum); }
}
