// Puts a level's candidates into the pool and chooses the FANOUT best of them as the rows of the next pass.
//
// params      level, branch_row          uniform
// candidates  [R, FANOUT]                read   (R = 1 at level 0, else FANOUT)
// state       State                      read
// rows        RowTable                   read, write   (the drafter's)
// pool        Pool                       read, write
//
// grid: (1, 1). Constants: WG, FANOUT (at most 16). Level 0 expands the root, level i the frontier's rows.
// Source: EAGLE-2, Li et al. 2024 (arXiv 2406.16858). CPU twin: tests/reference/draft_expand.ts

#import rows
#import state
#import order
#import tree

const MAX_ENTRIES = FANOUT * FANOUT;

struct Params {
  level: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> candidates: array<Candidate>;
@group(0) @binding(2) var<storage, read> state: State;
@group(0) @binding(3) var<storage, read_write> rows: RowTable;
@group(0) @binding(4) var<storage, read_write> pool: Pool;

var<workgroup> sh_keys: array<u32, MAX_ENTRIES>;
var<workgroup> sh_frontier: array<Frontier, FANOUT>;
var<workgroup> sh_rows: array<Row, FANOUT>;

@compute @workgroup_size(WG)
fn main(@builtin(local_invocation_id) lid: vec3u) {
  if rows.count == 0u { return; }
  let is_root = params.level == 0u;
  let last_row = rows.count - 1u;
  let num_entries = select(MAX_ENTRIES, FANOUT, is_root);
  let first_entry = select(FANOUT + (params.level - 1u) * MAX_ENTRIES, 0u, is_root);
  for (var i = lid.x; i < num_entries; i += WG) {
    let parent_row = i / FANOUT;
    var score = candidates[i].score;
    var parent = NO_PARENT;
    if !is_root {
      score += pool.frontier[parent_row].score;
      parent = pool.frontier[parent_row].entry;
    }
    pool.entry[first_entry + i] = PoolEntry(candidates[i].token, score, parent, parent_row);
    sh_keys[i] = order_key(score);
  }
  workgroupBarrier();
  for (var i = lid.x; i < num_entries; i += WG) {
    var rank = 0u;
    for (var j = 0u; j < num_entries; j++) {
      rank += select(0u, 1u, sh_keys[j] > sh_keys[i] || (sh_keys[j] == sh_keys[i] && j < i));
    }
    if rank < FANOUT {
      let entry = pool.entry[first_entry + i];
      let parent_row = select(i / FANOUT, last_row, is_root);
      sh_frontier[rank] = Frontier(first_entry + i, entry.score, parent_row);
      let slot = state.length + params.level * FANOUT + rank;
      var row = rows.row[parent_row];
      row.token = entry.token;
      row.position = state.length + params.level;
      row.slot = slot;
      row.base = state.length;
      row.hidden_row = parent_row;
      row.path[params.level] = slot;
      sh_rows[rank] = row;
    }
  }
  workgroupBarrier();
  if lid.x < FANOUT {
    pool.frontier[lid.x] = sh_frontier[lid.x];
    rows.row[lid.x] = sh_rows[lid.x];
  }
  storageBarrier();
  if lid.x == 0u {
    rows.count = FANOUT;
    rows.first_logit_row = 0u;
  }
}
