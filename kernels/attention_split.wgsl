// partials[t, h, s] = sums of row t and head h over the keys of the s-th split that the row sees: of attention.wgsl's
// softmax, before they are divided
//
// A workgroup takes every Z-th split, so that those of one row keep a GPU busy, however long its sequence has become.
//
// rows      RowTable                         read
// q         [T, H, E] Elem                   read
// k         [S, G, E] as library CACHE says  read
// v         [S, G, E] as library CACHE says  read
// partials  [T, H, MAX_SPLITS, E + 4] f32    write   value, then highest score, sum, and two that mean nothing
//
// grid: (H, T, Z), any Z. Constants: those of attention.wgsl; MAX_SPLITS: most that a row sees.
// Source: Dao et al. 2023, "Flash-Decoding for long-context inference". CPU twin: tests/reference/attention_split.ts

#import rows
#import CACHE
#import soft_cap
#import softmax_sums
#import attend

@group(0) @binding(0) var<storage, read> rows: RowTable;
@group(0) @binding(1) var<storage, read> q: array<vec4<Elem>>;
@group(0) @binding(2) var<storage, read> k: array<CacheWord>;
@group(0) @binding(3) var<storage, read> v: array<CacheWord>;
@group(0) @binding(4) var<storage, read_write> partials: array<vec4f>;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(local_invocation_id) lid: vec3u,
  @builtin(num_workgroups) grid: vec3u,
) {
  if wid.y >= rows.count { return; }
  let keys = keys_of(wid.y);
  let first_split = keys.first / SPLIT_KEYS;
  // The launch may be for more keys than there are.
  if (first_split + wid.z) * SPLIT_KEYS >= keys.end { return; }
  let walk = begin(wid.y, wid.x, lid.x);
  for (var split = first_split + wid.z; split * SPLIT_KEYS < keys.end; split += grid.z) {
    let end = min((split + 1u) * SPLIT_KEYS, keys.end);
    var sums = no_sums();
    for (var first = max(split * SPLIT_KEYS, keys.first / WG * WG); first < end; first += WG) {
      let block = attend(first, walk, lid.x);
      if lid.x < E4 { sums = joined(sums, block); }
    }
    let place = (wid.y * NUM_HEADS + wid.x) * MAX_SPLITS + split - first_split;
    if lid.x < E4 { partials[place * (E4 + 1u) + lid.x] = sums.value; }
    if lid.x == 0u { partials[place * (E4 + 1u) + E4] = vec4f(sums.highest, sums.sum, 0.0, 0.0); }
  }
}
