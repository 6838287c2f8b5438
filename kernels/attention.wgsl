// out[t, h] = sum over p of softmax(cap(SCALE * q[t, h] · k[p, h/(H/G)])) * v[p, h/(H/G)],
// p from position - WINDOW + 1 to position, cap(x) = CAP * tanh(x / CAP)
//
// Keys are walked in blocks of 64 positions at fixed borders; inside a block, PARTS runs of
// consecutive positions are summed side by side and then in order; blocks are merged in order. The
// order of every sum depends on the row's position alone, never on the other rows of the pass.
//
// rows  RowTable                         read
// q     [T, H, E] Elem                   read
// k     [S, G, E] as library CACHE says  read
// v     [S, G, E] as library CACHE says  read
// out   [T, H, E] Elem                   write
//
// grid: (H, T). Constants: NUM_HEADS = H, NUM_KV_HEADS = G, HEAD_DIM = E (a multiple of 4, at most 256),
// SEQUENCE_SLOTS: slots of each sequence, where several share the cache; a row's own slot says which is its;
// SCALE; CAP (0: none); WINDOW (at least 1).
// Source: Milakov & Gimelshein 2018 (arXiv 1805.02867). CPU twin: tests/reference/attention.ts

#import rows
#import CACHE
#import soft_cap

const WG = 64u;
const E4 = HEAD_DIM / 4u;
const PARTS = WG / E4;
const PART_LENGTH = (WG + PARTS - 1u) / PARTS;
const LOWEST = -3.0e38;

@group(0) @binding(0) var<storage, read> rows: RowTable;
@group(0) @binding(1) var<storage, read> q: array<vec4<Elem>>;
@group(0) @binding(2) var<storage, read> k: array<CacheWord>;
@group(0) @binding(3) var<storage, read> v: array<CacheWord>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4<Elem>>;

var<workgroup> sh_path: array<u32, MAX_PATH>;
var<workgroup> sh_q: array<vec4f, E4>;
var<workgroup> sh_scores: array<f32, WG>;
var<workgroup> sh_highest: array<f32, 8>;
var<workgroup> sh_weights: array<f32, WG>;
var<workgroup> sh_values: array<vec4f, WG>;
var<workgroup> sh_sums: array<f32, WG>;

// Where the key of a position lies: positions from `base` on are the row's own way through the tree.
fn slot_of(position: u32, base: u32, first_slot: u32) -> u32 {
  if position < base { return first_slot + position; }
  return sh_path[position - base];
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  if wid.y >= rows.count { return; }
  let num_keys = rows.row[wid.y].position + 1u;
  let first_key = num_keys - min(num_keys, WINDOW);
  let base = rows.row[wid.y].base;
  let first_slot = rows.row[wid.y].slot / SEQUENCE_SLOTS * SEQUENCE_SLOTS;
  if lid.x < MAX_PATH { sh_path[lid.x] = rows.row[wid.y].path[lid.x]; }
  let kv_head = wid.x / (NUM_HEADS / NUM_KV_HEADS);
  let part = lid.x / E4;
  let lane = lid.x % E4;
  if lid.x < E4 {
    sh_q[lid.x] = vec4f(q[(wid.y * NUM_HEADS + wid.x) * E4 + lid.x]) * SCALE;
  }
  workgroupBarrier();
  var highest = LOWEST;
  var sum = 0.0;
  var value = vec4f();
  for (var first = first_key / WG * WG; first < num_keys; first += WG) {
    let length = min(WG, num_keys - first);
    // Of a block that a window cuts.
    let skipped = first_key - min(first, first_key);
    var score = LOWEST;
    if lid.x >= skipped && lid.x < length {
      let head = head_at(slot_of(first + lid.x, base, first_slot), kv_head);
      var products = vec4f();
      for (var e4 = 0u; e4 < E4; e4++) { products = fma(sh_q[e4], key4(head, e4), products); }
      score = soft_cap((products.x + products.y) + (products.z + products.w), CAP);
    }
    sh_scores[lid.x] = score;
    workgroupBarrier();
    var block_highest = LOWEST;
    if lid.x < 8u {
      for (var i = 0u; i < 8u; i++) { block_highest = max(block_highest, sh_scores[lid.x * 8u + i]); }
      sh_highest[lid.x] = block_highest;
    }
    workgroupBarrier();
    for (var i = 0u; i < 8u; i++) { block_highest = max(block_highest, sh_highest[i]); }
    sh_weights[lid.x] = exp(score - block_highest);
    workgroupBarrier();
    if part < PARTS {
      var part_value = vec4f();
      var part_sum = 0.0;
      let end = min((part + 1u) * PART_LENGTH, length);
      for (var i = max(part * PART_LENGTH, skipped); i < end; i++) {
        let weight = sh_weights[i];
        part_sum += weight;
        let head = head_at(slot_of(first + i, base, first_slot), kv_head);
        part_value = fma(vec4f(weight), value4(head, lane), part_value);
      }
      sh_values[lid.x] = part_value;
      sh_sums[lid.x] = part_sum;
    }
    workgroupBarrier();
    if lid.x < E4 {
      let parts = (length + PART_LENGTH - 1u) / PART_LENGTH;
      var block_value = vec4f();
      var block_sum = 0.0;
      for (var i = 0u; i < parts; i++) {
        block_value += sh_values[i * E4 + lane];
        block_sum += sh_sums[i * E4 + lane];
      }
      let next_highest = max(highest, block_highest);
      let keep = exp(highest - next_highest);
      let add = exp(block_highest - next_highest);
      sum = fma(sum, keep, block_sum * add);
      value = fma(value, vec4f(keep), block_value * add);
      highest = next_highest;
    }
    workgroupBarrier();
  }
  if lid.x < E4 {
    out[(wid.y * NUM_HEADS + wid.x) * E4 + lid.x] = vec4<Elem>(value / sum);
  }
}
