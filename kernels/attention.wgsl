// out[t, h] = sum over p of softmax(cap(SCALE * q[t, h] · k[p, h/(H/G)])) * v[p, h/(H/G)],
// p from position - WINDOW + 1 to position, cap(x) = CAP * tanh(x / CAP)
//
// A workgroup walks all of a row's keys, block by block; blocks are joined to splits of SPLIT_KEYS positions, and splits
// to all, in order: as by attention_split.wgsl and attention_merge.wgsl together, whose bits are the same.
//
// rows  RowTable                         read
// q     [T, H, E] Elem                   read
// k     [S, G, E] as library CACHE says  read
// v     [S, G, E] as library CACHE says  read
// out   [T, H, E] Elem                   write
//
// grid: (H, T). Constants: NUM_HEADS = H, NUM_KV_HEADS = G, HEAD_DIM = E (a multiple of 4, at most 256),
// SEQUENCE_SLOTS: slots of each sequence, where several share the cache; a row's own slot says which is its;
// SCALE; CAP (0: none); WINDOW (at least 1); SPLIT_KEYS (a multiple of 64).
// Source: Milakov & Gimelshein 2018 (arXiv 1805.02867). CPU twin: tests/reference/attention.ts

#import rows
#import CACHE
#import soft_cap
#import softmax_sums
#import attend

@group(0) @binding(0) var<storage, read> rows: RowTable;
@group(0) @binding(1) var<storage, read> q: array<vec4<Elem>>;
@group(0) @binding(2) var<storage, read> k: array<CacheWord>;
@group(0) @binding(3) var<storage, read> v: array<CacheWord>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4<Elem>>;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  if wid.y >= rows.count { return; }
  let walk = begin(wid.y, wid.x, lid.x);
  var total = no_sums();
  var split = no_sums();
  for (var first = walk.keys.first / WG * WG; first < walk.keys.end; first += WG) {
    let block = attend(first, walk, lid.x);
    if lid.x < E4 {
      split = joined(split, block);
      if (first + WG) % SPLIT_KEYS == 0u || first + WG >= walk.keys.end {
        total = joined(total, split);
        split = no_sums();
      }
    }
  }
  if lid.x < E4 {
    out[(wid.y * NUM_HEADS + wid.x) * E4 + lid.x] = vec4<Elem>(total.value / total.sum);
  }
}
