// candidates[r] = the FANOUT best of lists[r] and lists[R + r], each token once, by score and then by place,
// a row's own list before the second branch's; branches[entry] says which list each is from, 0 or 1.
//
// A token that both lists have keeps its better place; the other one ranks last, as what is no number does.
// The entry is the one that draft_expand and draft_tree give the candidate in the pool.
//
// params      level                      uniform
// rows        RowTable                   read   (the drafter's)
// lists       [2R, FANOUT]               read   (each sorted or not; R = count - first_logit_row)
// candidates  [R, FANOUT]                write
// branches    [entries of the pool] u32  write
//
// grid: (R, 1). Constants: WG, FANOUT (at most 16). Source: docs/design.md, section 2: candidates only propose,
// so that any union of lists is lossless. CPU twin: tests/reference/draft_merge.ts

#import rows
#import order
#import tree

const LOWEST = -3.0e38;
const BOTH = 2u * FANOUT;

struct Params {
  level: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: RowTable;
@group(0) @binding(2) var<storage, read> lists: array<Candidate>;
@group(0) @binding(3) var<storage, read_write> candidates: array<Candidate>;
@group(0) @binding(4) var<storage, read_write> branches: array<u32>;

var<workgroup> sh_tokens: array<u32, BOTH>;
var<workgroup> sh_scores: array<f32, BOTH>;
var<workgroup> sh_keys: array<u32, BOTH>;

fn is_ahead(key: u32, index: u32, other_key: u32, other_index: u32) -> bool {
  return key > other_key || (key == other_key && index < other_index);
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  let num_rows = rows.count - rows.first_logit_row;
  if rows.count == 0u || wid.x >= num_rows { return; }
  for (var i = lid.x; i < BOTH; i += WG) {
    let candidate = lists[(wid.x + i / FANOUT * num_rows) * FANOUT + i % FANOUT];
    sh_tokens[i] = candidate.token;
    sh_scores[i] = candidate.score;
  }
  workgroupBarrier();
  for (var i = lid.x; i < BOTH; i += WG) {
    let key = order_key(sh_scores[i]);
    var is_repeated = false;
    for (var j = 0u; j < BOTH; j++) {
      is_repeated |= sh_tokens[j] == sh_tokens[i] && is_ahead(order_key(sh_scores[j]), j, key, i);
    }
    sh_keys[i] = select(key, order_key(LOWEST), is_repeated);
  }
  workgroupBarrier();
  let square = FANOUT * FANOUT;
  let first_entry = select(FANOUT + (params.level - 1u) * square, 0u, params.level == 0u) + wid.x * FANOUT;
  for (var i = lid.x; i < BOTH; i += WG) {
    var rank = 0u;
    for (var j = 0u; j < BOTH; j++) { rank += select(0u, 1u, is_ahead(sh_keys[j], j, sh_keys[i], i)); }
    if rank < FANOUT {
      let score = select(sh_scores[i], LOWEST, sh_keys[i] == order_key(LOWEST));
      candidates[wid.x * FANOUT + rank] = Candidate(sh_tokens[i], score);
      branches[first_entry + rank] = i / FANOUT;
    }
  }
}
