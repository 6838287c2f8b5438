// top[n, k] = the token of k-th largest logit l in the row that chose the token at position n, and its
// log probability l - log(sum over v of exp(logits[v])): of the unprocessed distribution; of equal logits the lowest
// id first
//
// state      State                       read
// committed  Committed                   read
// logits     [R, V] f32                  read
// top        [S+1, MOST] Candidate       write
//
// grid: (most nodes of a way, 1). Constants: WG (a power of two), V, TOP (tokens wanted, at most V), MOST (room for each
// position). CPU twin: tests/reference/top_log_probs.ts

#import committed
#import rows
#import state
#import tree

@group(0) @binding(0) var<storage, read> state: State;
@group(0) @binding(1) var<storage, read> committed: Committed;
@group(0) @binding(2) var<storage, read> logits: array<f32>;
@group(0) @binding(3) var<storage, read_write> top: array<Candidate>;

const LOWEST = -3.4e38;

var<workgroup> sh_values: array<f32, WG>;
var<workgroup> sh_tokens: array<u32, WG>;

fn ranks_before(value: f32, token: u32, other: f32, other_token: u32) -> bool {
  return value > other || (value == other && token < other_token);
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  if wid.x >= committed.count { return; }
  // The state's length is the position of the last node that was walked, plus one: its choice lies there.
  let position = state.length + 1u + wid.x - committed.count;
  let first = (committed.node[wid.x] - committed.node[0]) * V;
  let lane = lid.x;
  var largest = LOWEST;
  for (var token = lane; token < V; token += WG) { largest = max(largest, logits[first + token]); }
  sh_values[lane] = largest;
  workgroupBarrier();
  for (var i = 0u; i < WG; i++) { largest = max(largest, sh_values[i]); }
  workgroupBarrier();
  var sum = 0.0;
  for (var token = lane; token < V; token += WG) { sum += exp(logits[first + token] - largest); }
  sh_values[lane] = sum;
  workgroupBarrier();
  sum = 0.0;
  for (var i = 0u; i < WG; i++) { sum += sh_values[i]; }
  workgroupBarrier();
  // What was taken last.
  var value = 0.0;
  var taken = 0u;
  for (var rank = 0u; rank < TOP; rank++) {
    var best = LOWEST;
    var best_token = V;
    for (var token = lane; token < V; token += WG) {
      let other = logits[first + token];
      let is_left = rank == 0u || ranks_before(value, taken, other, token);
      if is_left && ranks_before(other, token, best, best_token) {
        best = other;
        best_token = token;
      }
    }
    sh_values[lane] = best;
    sh_tokens[lane] = best_token;
    for (var half = WG / 2u; half > 0u; half /= 2u) {
      workgroupBarrier();
      if lane < half && ranks_before(sh_values[lane + half], sh_tokens[lane + half], sh_values[lane], sh_tokens[lane]) {
        sh_values[lane] = sh_values[lane + half];
        sh_tokens[lane] = sh_tokens[lane + half];
      }
    }
    workgroupBarrier();
    value = sh_values[0];
    taken = sh_tokens[0];
    workgroupBarrier();
    if lane == 0u { top[position * MOST + rank] = Candidate(taken, value - largest - log(sum)); }
  }
}
