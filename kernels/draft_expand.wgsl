// Puts a level's candidates into the pool and chooses the FANOUT best of them as the rows of the next pass.
//
// params      level                      uniform
// candidates  [R, FANOUT]                read   (R = 1 at level 0, else FANOUT)
// state       State                      read
// rows        RowTable                   read, write   (the drafter's)
// pool        Pool                       read, write
//
// grid: (1, 1). Constants: WG, FANOUT (at most 16), STATIC (1: chosen are, whatever their scores, the first row's
// children but its last, and the first of the second row's). Level 0 expands the root, level i the frontier's rows.
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
var<workgroup> sh_chosen: array<u32, FANOUT>;
var<workgroup> sh_paths: array<u32, FANOUT * MAX_PATH>;

// Place in the frontier of a static tree; FANOUT where the candidate is not expanded.
fn fixed_place(i: u32, is_root: bool) -> u32 {
  return select(select(FANOUT, FANOUT - 1u, i == FANOUT), i, is_root || i + 1u < FANOUT);
}

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
    pool.entry[first_entry + i] = PoolEntry(candidates[i].token, score, parent);
    sh_keys[i] = order_key(score);
  }
  storageBarrier();
  workgroupBarrier();
  for (var i = lid.x; i < num_entries; i += WG) {
    var rank = 0u;
    // Keys behind the last entry are 0, below every score's: a constant bound is an order of magnitude faster here.
    for (var j = 0u; j < MAX_ENTRIES; j++) {
      rank += select(0u, 1u, sh_keys[j] > sh_keys[i] || (sh_keys[j] == sh_keys[i] && j < i));
    }
    if STATIC == 1u { rank = fixed_place(i, is_root); }
    if rank < FANOUT { sh_chosen[rank] = i; }
  }
  workgroupBarrier();
  for (var i = lid.x; i < FANOUT * MAX_PATH; i += WG) {
    let parent_row = select(sh_chosen[i / MAX_PATH] / FANOUT, last_row, is_root);
    sh_paths[i] = rows.row[parent_row].path[i % MAX_PATH];
  }
  workgroupBarrier();
  let base = state.length;
  let first_slot = base + params.level * FANOUT;
  for (var i = lid.x; i < FANOUT * MAX_PATH; i += WG) {
    let row = i / MAX_PATH;
    let step = i % MAX_PATH;
    rows.row[row].path[step] = select(sh_paths[i], first_slot + row, step == params.level);
  }
  for (var row = lid.x; row < FANOUT; row += WG) {
    let entry = first_entry + sh_chosen[row];
    let parent_row = select(sh_chosen[row] / FANOUT, last_row, is_root);
    pool.frontier[row] = Frontier(entry, pool.entry[entry].score, parent_row);
    rows.row[row].token = pool.entry[entry].token;
    rows.row[row].position = base + params.level;
    rows.row[row].slot = first_slot + row;
    rows.row[row].base = base;
    rows.row[row].hidden_row = parent_row;
  }
  if lid.x == 0u {
    rows.count = FANOUT;
    rows.first_logit_row = 0u;
  }
}
