// From the root, commits the choice at a node and steps to the child that carries it, until there is none or the
// generation ends. The next passes: the target's, of the new root alone; the drafter's, of each committed position
// with the token that follows it, the newest first, which a
// prompt's rows hold already but for the newest; and of the newest alone.

import { at } from "./lib/at.ts";
import { COMMITTED } from "./lib/committed.ts";
import { HISTORY, HISTORY_WORDS } from "./lib/history.ts";
import { MAX_PATH, readRows, type Row, writeRow } from "./lib/rows.ts";
import { STATE, STOP } from "./lib/state.ts";
import { IS_END } from "./lib/token_state.ts";
import { bitsOf, readNodes } from "./lib/tree.ts";

/**
 * CPU twin of `kernels/accept.wgsl`.
 *
 * @param bindings The kernel's bindings; from `state` on they are written.
 */
export function accept(bindings: {
  readonly choice: Uint32Array;
  readonly logProb: Float32Array;
  readonly nodes: Uint32Array;
  readonly state: Uint32Array;
  readonly rows: Uint32Array;
  readonly draftRows: Uint32Array;
  readonly frontierRows: Uint32Array;
  readonly tokenState: Uint32Array;
  readonly history: Uint32Array;
  readonly committed: Uint32Array;
}): void {
  const { choice, state, rows, tokenState, committed } = bindings;
  const { draftRows, frontierRows } = bindings;
  const { row, firstLogitRow } = readRows(rows);
  committed[COMMITTED.count] = 0;
  if (row.length === 0) {
    draftRows[0] = 0;
    frontierRows[0] = 0;
    return;
  }
  const nodes = readNodes(bindings.nodes);
  const round = at(state, STATE.numRounds);
  const walked: number[] = [];
  let node = firstLogitRow;
  while (node >= 0) {
    walked.push(node);
    const token = at(choice, node - firstLogitRow);
    const position = row[node]?.position ?? NaN;
    const child = row.findIndex((other, index) =>
      index > node && nodes[index]?.parent === node && other.token === token
    );
    writeHistory(bindings.history, position + 1, {
      token,
      logProb: at(bindings.logProb, node - firstLogitRow),
      origin: 256 * round + (nodes[child]?.rank ?? 0),
    });
    tokenState[token] = at(tokenState, token) + 1;
    state[STATE.numGenerated] = at(state, STATE.numGenerated) + 1;
    state[STATE.length] = position + 1;
    state[STATE.stop] = stopAfter(token, position, { state, tokenState });
    node = at(state, STATE.stop) === STOP.running ? child : -1;
  }
  state[STATE.numRounds] = round + 1;
  committed[COMMITTED.count] = walked.length;
  committed[COMMITTED.base] = row[firstLogitRow]?.base ?? NaN;
  committed.set(walked, COMMITTED.node);
  const absorbed = walked.toReversed().map((node): Row => {
    const position = row[node]?.position ?? NaN;
    return {
      token: at(choice, node - firstLogitRow),
      position,
      slot: position,
      base: position + 1,
      hiddenRow: node,
      path: new Array(MAX_PATH).fill(0),
    };
  });
  absorbed.forEach((row, index) => writeRow(draftRows, index, row));
  absorbed.slice(0, 1).forEach((row) => writeRow(frontierRows, 0, row));
  if (firstLogitRow === 0) draftRows[0] = walked.length;
  draftRows[1] = 0;
  frontierRows.set([1, 0]);
  const length = at(state, STATE.length);
  rows[0] = at(state, STATE.stop) === STOP.running ? 1 : 0;
  rows[1] = 0;
  writeRow(rows, 0, {
    token: at(choice, at(walked, walked.length - 1) - firstLogitRow),
    position: length,
    slot: length,
    base: length + 1,
    hiddenRow: 0,
    path: new Array(MAX_PATH).fill(0),
  });
}

/** Why the generation ends with a token that follows a position, or that it goes on. */
function stopAfter(
  token: number,
  position: number,
  bindings: {
    readonly state: Uint32Array;
    readonly tokenState: Uint32Array;
  },
): number {
  const { state, tokenState } = bindings;
  const endsText = (at(tokenState, token) & IS_END) !== 0;
  if (endsText && at(state, STATE.ignoreEnd) === 0) return STOP.end;
  const numGenerated = at(state, STATE.numGenerated);
  if (numGenerated >= at(state, STATE.maxGenerated)) return STOP.length;
  const numTokens = position + 2;
  if (numTokens >= at(state, STATE.contextLength)) return STOP.context;
  return STOP.running;
}

function writeHistory(
  history: Uint32Array,
  position: number,
  entry: {
    readonly token: number;
    readonly logProb: number;
    readonly origin: number;
  },
): void {
  const first = position * HISTORY_WORDS;
  history[first + HISTORY.token] = entry.token;
  history[first + HISTORY.logProb] = bitsOf(entry.logProb);
  history[first + HISTORY.origin] = entry.origin;
}
