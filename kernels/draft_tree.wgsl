// Puts the last level's candidates into the pool, keeps the best of the pool, and writes them as the rows
// that the target checks: the root, then nodes in pool order, so that parents come before children.
//
// Larger scores come first, equal ones by index: a parent's score is at least its child's and its index
// smaller, so no node is kept without its parent.
//
// params      num_nodes, root included; bits of the entries kept where STATIC   uniform
// candidates  [R, FANOUT]                read
// state       State                      read
// history     [S+1]                      read
// pool        Pool                       read, write
// rows        RowTable                   write   (the target's)
// nodes       [num_nodes]                write
//
// grid: (1, 1). Constants: WG, FANOUT, DEPTH (levels before the last), FROM_CONTRAST: the last level's candidates
// are those of the contrastive branch of the row that proposed their parent; STATIC: entries are kept whatever
// their scores, of at most 96. Source: EAGLE-2, Li et al. 2024
// (arXiv 2406.16858), section 4.2; Jakiro (arXiv 2502.06282). CPU twin: tests/reference/draft_tree.ts

#import history
#import rows
#import state
#import order
#import tree

const SQUARE = FANOUT * FANOUT;
const NUM_ENTRIES = FANOUT + DEPTH * SQUARE;
const NUM_WORDS = (NUM_ENTRIES + 31u) / 32u;

struct Params {
  num_nodes: u32,
  kept_0: u32,
  kept_1: u32,
  kept_2: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> candidates: array<Candidate>;
@group(0) @binding(2) var<storage, read> state: State;
@group(0) @binding(3) var<storage, read> history: array<HistoryEntry>;
@group(0) @binding(4) var<storage, read_write> pool: Pool;
@group(0) @binding(5) var<storage, read_write> rows: RowTable;
@group(0) @binding(6) var<storage, read_write> nodes: array<Node>;

var<workgroup> sh_keys: array<u32, (NUM_ENTRIES + 3u) / 4u * 4u>;
var<workgroup> sh_ranks: array<u32, NUM_ENTRIES>;
var<workgroup> sh_kept: array<atomic<u32>, NUM_WORDS>;

// The node that holds an entry: 1 + the number of kept entries before it.
fn node_of(entry: u32) -> u32 {
  var node = 1u + countOneBits(atomicLoad(&sh_kept[entry / 32u]) & ((1u << (entry % 32u)) - 1u));
  for (var word = 0u; word < entry / 32u; word++) { node += countOneBits(atomicLoad(&sh_kept[word])); }
  return node;
}

fn depth_of(entry: u32) -> u32 {
  return select(2u + (entry - FANOUT) / SQUARE, 1u, entry < FANOUT);
}

fn rank_of(entry: u32, key: u32) -> u32 {
  var ahead = vec4u();
  for (var i = 0u; i < (NUM_ENTRIES + 3u) / 4u; i++) {
    let keys = vec4u(sh_keys[4u * i], sh_keys[4u * i + 1u], sh_keys[4u * i + 2u], sh_keys[4u * i + 3u]);
    let index = vec4u(i * 4u) + vec4u(0u, 1u, 2u, 3u);
    ahead += select(vec4u(), vec4u(1u), (keys > vec4u(key)) | ((keys == vec4u(key)) & (index < vec4u(entry))));
  }
  return ahead.x + ahead.y + ahead.z + ahead.w;
}

fn is_kept(entry: u32, rank: u32) -> bool {
  if STATIC == 0u { return rank + 1u < params.num_nodes; }
  let words = vec3u(params.kept_0, params.kept_1, params.kept_2);
  return ((words[min(entry / 32u, 2u)] >> (entry % 32u)) & 1u) == 1u;
}

fn write_node(node: u32, entry: u32) {
  let length = state.length;
  let depth = depth_of(entry);
  rows.row[node].token = pool.entry[entry].token;
  rows.row[node].position = length + depth;
  rows.row[node].slot = length + node;
  rows.row[node].base = length;
  rows.row[node].hidden_row = node;
  rows.row[node].path[0] = length;
  var above = entry;
  for (var i = depth; i > 0u; i--) {
    rows.row[node].path[i] = length + node_of(above);
    above = pool.entry[above].parent;
  }
  let parent = pool.entry[entry].parent;
  nodes[node] = Node(0u, pool.entry[entry].score, entry, 1u + sh_ranks[entry]);
  if parent != NO_PARENT { nodes[node].parent = node_of(parent); }
}

@compute @workgroup_size(WG)
fn main(@builtin(local_invocation_id) lid: vec3u) {
  if state.stop != 0u || rows.count == 0u { return; }
  let first_entry = NUM_ENTRIES - SQUARE;
  for (var i = lid.x; i < SQUARE; i += WG) {
    let above = pool.frontier[i / FANOUT];
    let row = select(i / FANOUT, FANOUT + above.parent_row, FROM_CONTRAST == 1u);
    let candidate = candidates[row * FANOUT + i % FANOUT];
    let score = above.score + candidate.score;
    pool.entry[first_entry + i] = PoolEntry(candidate.token, score, above.entry);
  }
  storageBarrier();
  for (var i = lid.x; i < (NUM_ENTRIES + 3u) / 4u * 4u; i += WG) {
    sh_keys[i] = select(0u, order_key(pool.entry[min(i, NUM_ENTRIES - 1u)].score), i < NUM_ENTRIES);
  }
  workgroupBarrier();
  for (var entry = lid.x; entry < NUM_ENTRIES; entry += WG) {
    let rank = rank_of(entry, sh_keys[entry]);
    sh_ranks[entry] = rank;
    if is_kept(entry, rank) {
      atomicOr(&sh_kept[entry / 32u], 1u << (entry % 32u));
    }
  }
  workgroupBarrier();
  for (var entry = lid.x; entry < NUM_ENTRIES; entry += WG) {
    if (atomicLoad(&sh_kept[entry / 32u]) & (1u << (entry % 32u))) != 0u { write_node(node_of(entry), entry); }
  }
  if lid.x == 0u {
    nodes[0] = Node(NO_PARENT, 0.0, NO_PARENT, 0u);
    rows.row[0] = Row(history[state.length].token, state.length, state.length, state.length, 0u, array<u32, MAX_PATH>());
    rows.row[0].path[0] = state.length;
    rows.count = min(params.num_nodes, NUM_ENTRIES + 1u);
    rows.first_logit_row = 0u;
  }
}
