// Commits the choice at the root: appends it to the sequence, advances the state, writes the next pass's rows.
//
// choice       [R] u32                   read
// log_prob     [R] f32                   read
// state        State                     read, write
// rows         RowTable                  read, write
// token_state  [V] u32                   read, write
// tokens       [S+1] u32                 write
// log_probs    [S+1] f32                 write
//
// grid: (1, 1). One thread. Source: docs/design.md, section 4. CPU twin: tests/reference/accept.ts

#import rows
#import state
#import token_state

@group(0) @binding(0) var<storage, read> choice: array<u32>;
@group(0) @binding(1) var<storage, read> log_prob: array<f32>;
@group(0) @binding(2) var<storage, read_write> state: State;
@group(0) @binding(3) var<storage, read_write> rows: RowTable;
@group(0) @binding(4) var<storage, read_write> token_state: array<u32>;
@group(0) @binding(5) var<storage, read_write> tokens: array<u32>;
@group(0) @binding(6) var<storage, read_write> log_probs: array<f32>;

@compute @workgroup_size(1)
fn main() {
  if rows.count == 0u { return; }
  let token = choice[0];
  let length = rows.row[rows.count - 1u].position + 1u;
  tokens[length] = token;
  log_probs[length] = log_prob[0];
  let seen = token_state[token] + 1u;
  token_state[token] = seen;
  state.length = length;
  state.num_rounds += 1u;
  state.num_generated += 1u;
  if (seen & IS_END) != 0u && state.ignore_end == 0u {
    state.stop = STOP_END;
  } else if state.num_generated >= state.max_generated {
    state.stop = STOP_LENGTH;
  } else if length + 1u >= state.context_length {
    state.stop = STOP_CONTEXT;
  }
  rows.count = select(0u, 1u, state.stop == 0u);
  rows.first_logit_row = 0u;
  rows.row[0] = Row(token, length);
}
