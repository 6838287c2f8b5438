// out[t, h] = value / sum of all splits that row t sees, joined in order
//
// rows      RowTable                       read
// partials  [T, H, MAX_SPLITS, E + 4] f32  read    as attention_split.wgsl writes them
// out       [T, H, E] Elem                 write
//
// grid: (ceil(T*H*E/4/WG), 1). Constants: NUM_HEADS = H, HEAD_DIM = E, WINDOW, SPLIT_KEYS and MAX_SPLITS as in
// attention_split.wgsl.
// Source: Dao et al. 2023, "Flash-Decoding for long-context inference". CPU twin: tests/reference/attention_merge.ts

#import rows
#import softmax_sums

const WG = 64u;
const E4 = HEAD_DIM / 4u;
// Splits that are read before the first of them is joined: each waits for the one before, reading need not.
const AHEAD = 8u;

@group(0) @binding(0) var<storage, read> rows: RowTable;
@group(0) @binding(1) var<storage, read> partials: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<Elem>>;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) gid: vec3u) {
  let head = gid.x / E4;
  let row = head / NUM_HEADS;
  if row >= rows.count { return; }
  let keys = keys_of(row);
  let num_splits = (keys.end + SPLIT_KEYS - 1u) / SPLIT_KEYS - keys.first / SPLIT_KEYS;
  var total = no_sums();
  for (var first = 0u; first < num_splits; first += AHEAD) {
    var value: array<vec4f, AHEAD>;
    var scalars: array<vec4f, AHEAD>;
    for (var i = 0u; i < AHEAD; i++) {
      let begin = (head * MAX_SPLITS + min(first + i, num_splits - 1u)) * (E4 + 1u);
      value[i] = partials[begin + gid.x % E4];
      scalars[i] = partials[begin + E4];
    }
    for (var i = 0u; i < AHEAD; i++) {
      if first + i < num_splits { total = joined(total, Sums(scalars[i].x, scalars[i].y, value[i])); }
    }
  }
  out[gid.x] = vec4<Elem>(total.value / total.sum);
}
