// The processed logit of one token. What it depends on besides the logit: how often the token was generated,
// on a tree also on the way from the root to the row's node, and whether the prompt holds it. A token that must not
// follow the row has the least logit.
//
// Needs from the importer: libraries rows, sampling, token_state; library ALLOWED, which says what may follow a row; sampling: Sampling; rows: RowTable;
//   logits: array<f32> [R, V]; bias: array<f32> [V]; token_state: array<u32> [V].

const FORBIDDEN_LOGIT = -3.4e38;

// Times that the tree's nodes above and at a row carry a token; the root is counted in token_state.
fn count_on_path(row: u32, token: u32) -> u32 {
  var count = 0u;
  let base = rows.row[row].base;
  for (var i = 1u; base + i <= rows.row[row].position; i++) {
    count += select(0u, 1u, rows.row[rows.row[row].path[i] - base].token == token);
  }
  return count;
}

// The processed logit at temperature 0 without penalties.
fn plain_logit(logit_row: u32, token: u32) -> f32 {
  if !is_allowed(logit_row, token) { return FORBIDDEN_LOGIT; }
  let logit = logits[logit_row * V + token];
  if sampling.has_bias == 1u { return logit + bias[token]; }
  return logit;
}

fn processed_logit(logit_row: u32, token: u32) -> f32 {
  var logit = plain_logit(logit_row, token);
  if logit == FORBIDDEN_LOGIT { return logit; }
  if sampling.has_penalty == 1u {
    let state = token_state[token];
    let count = (state & COUNT_MASK) + count_on_path(rows.first_logit_row + logit_row, token);
    if count > 0u || (state & IN_PROMPT) != 0u {
      logit = select(logit * sampling.repetition_penalty, logit / sampling.repetition_penalty, logit > 0.0);
    }
    if count > 0u {
      logit -= fma(sampling.frequency_penalty, f32(count), sampling.presence_penalty);
    }
  }
  return select(logit / sampling.temperature, logit, sampling.temperature == 0.0);
}
