// candidates[r] = the FANOUT tokens of largest value in logit row r, largest first, with
// score = value - log(sum over v of exp(value)), value[v] = SHARPNESS * logits[r, v] / temperature + noise(seed, n, v)
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
// grid: (R, 1), R = (count - first_logit_row) * BRANCHES; rows of the second branch look STEP
// positions further. Constants: WG (a power of two), V, FANOUT, BRANCHES, STEP (1, or 0 where both branches are for one position),
// HAS_IDS. Source: docs/design.md, section 2. CPU twin: tests/reference/draft_top.ts

#import draft_value
#import rows
#import noise
#import sampling
#import tree


@group(0) @binding(0) var<uniform> sampling: Sampling;
@group(0) @binding(1) var<storage, read> rows: RowTable;
@group(0) @binding(2) var<storage, read> logits: array<f32>;
@group(0) @binding(3) var<storage, read> token_ids: array<u32>;
@group(0) @binding(4) var<storage, read_write> candidates: array<Candidate>;

// Each lane keeps the best of CHUNKS pieces of its tokens, so that finding the next best reads one piece again.
const CHUNKS = min(16u, 1024u / WG);
const PER_LANE = (V + WG - 1u) / WG;
const PER_CHUNK = (PER_LANE + CHUNKS - 1u) / CHUNKS;

var<workgroup> sh_values: array<f32, WG * CHUNKS>;
var<workgroup> sh_tokens: array<u32, WG * CHUNKS>;
var<workgroup> sh_winner: array<u32, WG>;
var<workgroup> sh_highest: array<f32, WG>;
var<workgroup> sh_sums: array<f32, WG>;

// Which of two pieces' best ranks first.
fn better(piece: u32, other: u32) -> u32 {
  return select(piece, other, ranks_before(sh_values[other], sh_tokens[other], sh_values[piece], sh_tokens[piece]));
}

fn ranks_before(value: f32, token: u32, other: f32, other_token: u32) -> bool {
  return value > other || (value == other && token < other_token);
}

// Index into sh_values of the best piece of a lane.
fn best_of_lane(lane: u32) -> u32 {
  var best = lane * CHUNKS;
  for (var i = lane * CHUNKS + 1u; i < (lane + 1u) * CHUNKS; i++) { best = better(best, i); }
  return best;
}

// The best of each of a lane's pieces; returns the highest value of all and the sum of exp(value - highest).
fn scan(row: u32, position: u32, lane: u32, is_greedy: bool) -> vec2f {
  var highest = LOWEST;
  var sum = 0.0;
  for (var chunk = 0u; chunk < CHUNKS; chunk++) {
    var largest = LOWEST;
    var largest_token = V;
    let end = min((chunk + 1u) * PER_CHUNK, PER_LANE);
    for (var i = chunk * PER_CHUNK; i < end; i++) {
      let token = i * WG + lane;
      if token >= V { break; }
      let value = value_of(row, position, token, is_greedy);
      largest_token = select(largest_token, token, value > largest);
      largest = max(largest, value);
      let shrunk = exp(-abs(value - highest));
      sum = select(sum + shrunk, fma(sum, shrunk, 1.0), value > highest);
      highest = max(highest, value);
    }
    sh_values[lane * CHUNKS + chunk] = largest;
    sh_tokens[lane * CHUNKS + chunk] = largest_token;
  }
  return vec2f(highest, sum);
}

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  let num_rows = rows.count - rows.first_logit_row;
  if rows.count == 0u || wid.x >= num_rows * BRANCHES { return; }
  let row = rows.first_logit_row + wid.x % num_rows;
  let position = rows.row[row].position + 2u + wid.x / num_rows * STEP;
  let lane = lid.x;
  // Two loops, as a software adapter computes what it does not need: there, noise costs more than all else.
  var sums = vec2f();
  if sampling.temperature == 0.0 { sums = scan(wid.x, position, lane, true); }
  else { sums = scan(wid.x, position, lane, false); }
  var highest = sums.x;
  var sum = sums.y;
  sh_highest[lane] = highest;
  sh_sums[lane] = sum;
  for (var half = WG / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if lane < half {
      let most = max(highest, sh_highest[lane + half]);
      sum = fma(sum, exp(highest - most), sh_sums[lane + half] * exp(sh_highest[lane + half] - most));
      highest = most;
      sh_highest[lane] = highest;
      sh_sums[lane] = sum;
    }
  }
  workgroupBarrier();
  highest = sh_highest[0];
  // Never above 0: a child must not outrank its parent.
  let log_total = max(log(sh_sums[0]), 0.0);
  var best = best_of_lane(lane);
  for (var rank = 0u; rank < FANOUT; rank++) {
    sh_winner[lane] = best;
    for (var half = WG / 2u; half > 0u; half /= 2u) {
      workgroupBarrier();
      if lane < half { sh_winner[lane] = better(sh_winner[lane], sh_winner[lane + half]); }
    }
    workgroupBarrier();
    let chosen = sh_winner[0];
    let value = sh_values[chosen];
    let token = sh_tokens[chosen];
    workgroupBarrier();
    if lane == 0u {
      let score = select(LOWEST, (value - highest) - log_total, value > LOWEST);
      candidates[wid.x * FANOUT + rank] = Candidate(target_id(min(token, V - 1u)), score);
    }
    if lane == chosen / CHUNKS {
      // The piece's next best: what ranks right behind the token taken.
      var next = LOWEST;
      var next_token = V;
      let first = chosen % CHUNKS * PER_CHUNK;
      for (var i = first; i < min(first + PER_CHUNK, PER_LANE); i++) {
        let other_token = i * WG + lane;
        if other_token >= V { break; }
        let other = value_of(wid.x, position, other_token, sampling.temperature == 0.0);
        if other_token != token && ranks_before(value, token, other, other_token) && ranks_before(other, other_token, next, next_token) {
          next = other;
          next_token = other_token;
        }
      }
      sh_values[chosen] = next;
      sh_tokens[chosen] = next_token;
      best = best_of_lane(lane);
    }
    workgroupBarrier();
  }
}
