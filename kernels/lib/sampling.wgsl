// The processed logit of one token, and a total order of processed logits as integers.
//
// Needs from the importer: sampling: Sampling (uniform); logits: array<f32> [R, V]; bias: array<f32> [V];
//   token_state: array<u32> [V], bits as in
//   token_state.wgsl, imported beside this file. Source: docs/design.md, section 2.

struct Sampling {
  temperature: f32,
  top_p: f32,
  min_p: f32,
  repetition_penalty: f32,
  presence_penalty: f32,
  frequency_penalty: f32,
  top_k: u32,
  seed: u32,
  has_bias: u32,
}

fn processed_logit(row: u32, token: u32) -> f32 {
  var logit = logits[row * V + token];
  if sampling.has_bias == 1u { logit += bias[token]; }
  let state = token_state[token];
  let count = state & COUNT_MASK;
  if count > 0u || (state & IN_PROMPT) != 0u {
    logit = select(logit * sampling.repetition_penalty, logit / sampling.repetition_penalty, logit > 0.0);
  }
  if count > 0u {
    logit -= fma(sampling.frequency_penalty, f32(count), sampling.presence_penalty);
  }
  return select(logit / sampling.temperature, logit, sampling.temperature == 0.0);
}

// Orders floats as unsigned integers: larger float, larger key.
fn order_key(value: f32) -> u32 {
  let bits = bitcast<u32>(value);
  return select(bits | 0x80000000u, ~bits, (bits & 0x80000000u) != 0u);
}
