// Walks from the root: commits each node's choice, and steps to the child that carries it while there is
// one. Advances the state, and writes the next passes' rows: the target's, a tree of the new root alone, and
// the drafter's, one for each committed position with the token that follows it, the newest first, which alone begins
// the frontier.
//
// choice       [R] u32                   read
// log_prob     [R] f32                   read
// nodes        [N]                       read
// state        State                     read, write
// rows         RowTable                  read, write   (the target's)
// draft_rows   RowTable                  read, write   (the drafter's, to be absorbed)
// frontier     RowTable                  write         (the drafter's, to be drafted from)
// token_state  [V] u32                   read, write
// history      [S+1]                     write
// committed    Committed                 write
//
// grid: (1, 1). Constants: WG. Source: docs/design.md, sections 2 and 4. CPU twin: tests/reference/accept.ts

#import committed
#import history
#import rows
#import state
#import token_state
#import tree

@group(0) @binding(0) var<storage, read> choice: array<u32>;
@group(0) @binding(1) var<storage, read> log_prob: array<f32>;
@group(0) @binding(2) var<storage, read> nodes: array<Node>;
@group(0) @binding(3) var<storage, read_write> state: State;
@group(0) @binding(4) var<storage, read_write> rows: RowTable;
@group(0) @binding(5) var<storage, read_write> draft_rows: RowTable;
@group(0) @binding(6) var<storage, read_write> frontier: RowTable;
@group(0) @binding(7) var<storage, read_write> token_state: array<u32>;
@group(0) @binding(8) var<storage, read_write> history: array<HistoryEntry>;
@group(0) @binding(9) var<storage, read_write> committed: Committed;

var<workgroup> sh_child: atomic<u32>;
var<workgroup> sh_stop: u32;

// Commits a node's choice; one thread's work. `index` counts the nodes walked before it.
fn commit(node: u32, index: u32) {
  let token = choice[node - rows.first_logit_row];
  let position = rows.row[node].position;
  history[position + 1u] = HistoryEntry(token, log_prob[node - rows.first_logit_row], 256u * state.num_rounds);
  let seen = token_state[token] + 1u;
  token_state[token] = seen;
  state.num_generated += 1u;
  if (seen & IS_END) != 0u && state.ignore_end == 0u {
    state.stop = STOP_END;
  } else if state.num_generated >= state.max_generated {
    state.stop = STOP_LENGTH;
  } else if position + 2u >= state.context_length {
    state.stop = STOP_CONTEXT;
  }
  committed.count = index + 1u;
  committed.node[index] = node;
  sh_stop = state.stop;
}

// The drafter's row of the position at a node.
fn draft_row(node: u32) -> Row {
  let position = rows.row[node].position;
  let token = choice[node - rows.first_logit_row];
  return Row(token, position, position, position + 1u, node, array<u32, MAX_PATH>());
}

@compute @workgroup_size(WG)
fn main(@builtin(local_invocation_id) lid: vec3u) {
  let count = rows.count;
  let first = rows.first_logit_row;
  if count == 0u {
    if lid.x == 0u { draft_rows.count = 0u; frontier.count = 0u; committed.count = 0u; }
    return;
  }
  var node = first;
  var walked = 0u;
  loop {
    if lid.x == 0u {
      atomicStore(&sh_child, 0u);
      commit(node, walked);
    }
    workgroupBarrier();
    let token = choice[node - first];
    for (var child = node + 1u + lid.x; child < count; child += WG) {
      if nodes[child].parent == node && rows.row[child].token == token { atomicMax(&sh_child, child); }
    }
    workgroupBarrier();
    walked += 1u;
    let child = atomicLoad(&sh_child);
    let stop = sh_stop;
    workgroupBarrier();
    if lid.x == 0u && child != 0u { history[rows.row[node].position + 1u].origin += nodes[child].rank; }
    if child == 0u || stop != 0u || walked == MAX_PATH { break; }
    node = child;
  }
  if lid.x > 0u { return; }
  let length = rows.row[node].position + 1u;
  committed.base = rows.row[first].base;
  state.length = length;
  state.num_rounds += 1u;
  draft_rows.first_logit_row = 0u;
  frontier.count = 1u;
  frontier.first_logit_row = 0u;
  frontier.row[0] = draft_row(node);
  // A prompt's rows are there already, but for the token that follows its last.
  draft_rows.row[0] = frontier.row[0];
  if first == 0u {
    draft_rows.count = walked;
    for (var i = 1u; i < walked; i++) { draft_rows.row[i] = draft_row(committed.node[walked - 1u - i]); }
  }
  let root = choice[node - first];
  rows.count = select(0u, 1u, state.stop == 0u);
  rows.first_logit_row = 0u;
  rows.row[0] = Row(root, length, length, length + 1u, 0u, array<u32, MAX_PATH>());
}
