// The choice at the root joins the sequence; the state moves on; the next pass has it as its only row.

import { at } from "./lib/at.ts";
import { readRows } from "./lib/rows.ts";
import { STATE, STOP } from "./lib/state.ts";
import { IS_END } from "./lib/token_state.ts";

/**
 * CPU twin of `kernels/accept.wgsl`.
 *
 * @param bindings The kernel's bindings; from `state` on they are written.
 */
export function accept(bindings: {
  readonly choice: Uint32Array;
  readonly logProb: Float32Array;
  readonly state: Uint32Array;
  readonly rows: Uint32Array;
  readonly tokenState: Uint32Array;
  readonly tokens: Uint32Array;
  readonly logProbs: Float32Array;
}): void {
  const { choice, logProb, state, rows, tokenState, tokens, logProbs } =
    bindings;
  const last = readRows(rows).row.at(-1);
  if (last === undefined) return;
  const token = at(choice, 0);
  const position = last.position + 1;
  tokens[position] = token;
  logProbs[position] = at(logProb, 0);
  tokenState[token] = at(tokenState, token) + 1;
  const numGenerated = at(state, STATE.numGenerated) + 1;
  state[STATE.length] = position;
  state[STATE.numGenerated] = numGenerated;
  state[STATE.numRounds] = at(state, STATE.numRounds) + 1;
  const endsText = (at(tokenState, token) & IS_END) !== 0;
  const numTokens = position + 1;
  if (endsText && at(state, STATE.ignoreEnd) === 0) {
    state[STATE.stop] = STOP.end;
  } else if (numGenerated >= at(state, STATE.maxGenerated)) {
    state[STATE.stop] = STOP.length;
  } else if (numTokens >= at(state, STATE.contextLength)) {
    state[STATE.stop] = STOP.context;
  }
  const isRunning = at(state, STATE.stop) === STOP.running;
  rows.set([isRunning ? 1 : 0, 0, token, position]);
}
