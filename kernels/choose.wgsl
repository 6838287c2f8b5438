// choice[r] = argmax over v of processed(logits[r])[v] + noise(seed, n, v), among v whose order key is at
// least cut[r]; n is the position the choice will stand at; the noise is 0 at temperature 0, and equal
// sums go to the lower id.
//
// sampling     Sampling                  uniform
// rows         RowTable                  read
// logits       [R, V] f32                read
// bias         [V] f32                   read
// token_state  [V] u32                   read
// cut          [R] u32                   read   (used when a filter is on)
// choice       [R] u32                   write
// allowed      [R, ceil(V/32)] u32       read   (when ALLOWED is allowed_mask)
//
// grid: (R, 1), R = count - first_logit_row. Constants: WG (a power of two), V, ALLOWED, ALLOWED_BINDING. Source: docs/design.md, section 2.
// CPU twin: tests/reference/choose.ts

#import ALLOWED
#import rows
#import noise
#import order
#import processed_logit
#import sampling
#import token_state

@group(0) @binding(0) var<uniform> sampling: Sampling;
@group(0) @binding(1) var<storage, read> rows: RowTable;
@group(0) @binding(2) var<storage, read> logits: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read> token_state: array<u32>;
@group(0) @binding(5) var<storage, read> cut: array<u32>;
@group(0) @binding(6) var<storage, read_write> choice: array<u32>;

var<workgroup> sh_keys: array<u32, WG>;
var<workgroup> sh_tokens: array<u32, WG>;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  let row = rows.first_logit_row + wid.x;
  if row >= rows.count { return; }
  let position = rows.row[row].position + 1u;
  let is_filtered = sampling.temperature > 0.0 && (sampling.top_k > 0u || sampling.top_p < 1.0 || sampling.min_p > 0.0);
  // Two units of slack: compiled into another kernel, the same logit may be rounded otherwise.
  let least = select(0u, max(cut[wid.x], 2u) - 2u, is_filtered);
  var best_key = 0u;
  var best = 0u;
  if sampling.temperature == 0.0 && sampling.has_penalty == 0u {
    // Apart from the other, as a software adapter computes what it does not need: there, noise costs more than all else.
    for (var token = lid.x; token < V; token += WG) {
      let key = order_key(plain_logit(wid.x, token));
      if key > best_key {
        best_key = key;
        best = token;
      }
    }
  } else {
    for (var token = lid.x; token < V; token += WG) {
      var value = processed_logit(wid.x, token);
      if order_key(value) < least { continue; }
      if sampling.temperature > 0.0 { value += gumbel(hash(sampling.seed, position, token)); }
      let key = order_key(value);
      if key > best_key {
        best_key = key;
        best = token;
      }
    }
  }
  sh_keys[lid.x] = best_key;
  sh_tokens[lid.x] = best;
  for (var half = WG / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if lid.x < half {
      let other_key = sh_keys[lid.x + half];
      let other = sh_tokens[lid.x + half];
      let is_better = other_key > best_key || (other_key == best_key && other < best);
      best_key = select(best_key, other_key, is_better);
      best = select(best, other, is_better);
      sh_keys[lid.x] = best_key;
      sh_tokens[lid.x] = best;
    }
  }
  if lid.x == 0u { choice[wid.x] = best; }
}
