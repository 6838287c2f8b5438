// What ranks a drafter's token: its logit, beside the noise with which the target chooses.
//
// Needs from the importer: libraries noise and sampling; sampling: Sampling; logits: array<f32> [R, V];
//   token_ids: array<u32> [V], used when HAS_IDS; const V, HAS_IDS.

const LOWEST = -3.0e38;
// Ranked by sharper logits beside the noise, more is accepted (SPEED.md).
const SHARPNESS = 1.25;

fn target_id(token: u32) -> u32 {
  if HAS_IDS == 1u { return token_ids[token]; }
  return token;
}

fn value_of(row: u32, position: u32, token: u32, is_greedy: bool) -> f32 {
  let logit = logits[row * V + token];
  // A drafter may be broken; what is not a number ranks last.
  if !(abs(logit) < 3.0e38) { return LOWEST; }
  if is_greedy { return logit; }
  return SHARPNESS * logit / sampling.temperature + gumbel(hash(sampling.seed, position, target_id(token)));
}
