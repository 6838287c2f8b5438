// candidates[r] = the FANOUT tokens of largest value in logit row r, largest first, with
// score = value - log(sum over v of exp(value[v])), value[v] = logits[r, v] / temperature + noise(seed, n, v)
//
// At temperature 0 the value is the logit. n is the position at which the target will choose: the noise is
// the target's own, so that both tend to take the same token.
//
// sampling    Sampling                   uniform
// rows        RowTable                   read
// logits      [R, V] f32                 read
// token_ids   [V] u32                    read   (the target's id of each row of the head, when HAS_IDS)
// candidates  [R, FANOUT]                write
//
// grid: (R, 1), R = (count - first_logit_row) * BRANCHES; rows of the second branch look one position
// further. Constants: WG, V, FANOUT, BRANCHES, HAS_IDS. Source: docs/design.md, section 2.
// CPU twin: tests/reference/draft_top.ts

#import rows
#import noise
#import sampling
#import tree

const LOWEST = -3.0e38;

@group(0) @binding(0) var<uniform> sampling: Sampling;
@group(0) @binding(1) var<storage, read> rows: RowTable;
@group(0) @binding(2) var<storage, read> logits: array<f32>;
@group(0) @binding(3) var<storage, read> token_ids: array<u32>;
@group(0) @binding(4) var<storage, read_write> candidates: array<Candidate>;

var<workgroup> sh_values: array<f32, WG>;
var<workgroup> sh_tokens: array<u32, WG>;
var<workgroup> sh_chosen: u32;

fn target_id(token: u32) -> u32 {
  if HAS_IDS == 1u { return token_ids[token]; }
  return token;
}

fn value_of(row: u32, position: u32, token: u32) -> f32 {
  let logit = logits[row * V + token];
  // A drafter may be broken; what is not a number ranks last.
  if !(abs(logit) < 3.0e38) { return LOWEST; }
  if sampling.temperature == 0.0 { return logit; }
  return logit / sampling.temperature + gumbel(hash(sampling.seed, position, target_id(token)));
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  let num_rows = rows.count - rows.first_logit_row;
  if rows.count == 0u || wid.x >= num_rows * BRANCHES { return; }
  let row = rows.first_logit_row + wid.x % num_rows;
  let position = rows.row[row].position + 2u + wid.x / num_rows;
  var best = LOWEST;
  var best_token = lid.x;
  for (var token = lid.x; token < V; token += WG) {
    let value = value_of(wid.x, position, token);
    if value > best {
      best = value;
      best_token = token;
    }
  }
  sh_values[lid.x] = best;
  sh_tokens[lid.x] = best_token;
  workgroupBarrier();
  var highest = LOWEST;
  for (var i = 0u; i < WG; i++) { highest = max(highest, sh_values[i]); }
  workgroupBarrier();
  var sum = 0.0;
  for (var token = lid.x; token < V; token += WG) { sum += exp(value_of(wid.x, position, token) - highest); }
  sh_values[lid.x] = sum;
  workgroupBarrier();
  var total = 0.0;
  for (var i = 0u; i < WG; i++) { total += sh_values[i]; }
  workgroupBarrier();
  sh_values[lid.x] = best;
  workgroupBarrier();
  for (var rank = 0u; rank < FANOUT; rank++) {
    if lid.x == 0u {
      var chosen = 0u;
      for (var i = 1u; i < WG; i++) {
        let is_better = sh_values[i] > sh_values[chosen] ||
          (sh_values[i] == sh_values[chosen] && sh_tokens[i] < sh_tokens[chosen]);
        chosen = select(chosen, i, is_better);
      }
      sh_chosen = chosen;
      let score = sh_values[chosen] - highest - log(total);
      let is_real = sh_values[chosen] > LOWEST;
      let token = min(sh_tokens[chosen], V - 1u);
      candidates[wid.x * FANOUT + rank] = Candidate(target_id(token), select(LOWEST, score, is_real));
    }
    workgroupBarrier();
    // The lane whose best was taken finds its next: what ranks right behind it.
    if lid.x == sh_chosen {
      let taken = sh_values[lid.x];
      let taken_token = sh_tokens[lid.x];
      var next = LOWEST;
      var next_token = V;
      for (var token = lid.x; token < V; token += WG) {
        let value = value_of(wid.x, position, token);
        let is_behind = value < taken || (value == taken && token > taken_token);
        if is_behind && (value > next || (value == next && token < next_token)) {
          next = value;
          next_token = token;
        }
      }
      sh_values[lid.x] = next;
      sh_tokens[lid.x] = next_token;
    }
    workgroupBarrier();
  }
}
