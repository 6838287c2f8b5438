import { assertEquals } from "@std/assert";
import { accept } from "../../src/ops/mod.ts";
import { accept as twin } from "../reference/accept.ts";
import { type Row, rowWords } from "../reference/lib/rows.ts";
import { STATE, STOP } from "../reference/lib/state.ts";
import { IN_PROMPT, IS_END } from "../reference/lib/token_state.ts";
import { openHarness } from "./_harness.ts";

const harness = await openHarness();
const V = 10;
const S = 40;

interface Case {
  readonly row: readonly Row[];
  readonly choice: number;
  readonly state?: Partial<Record<keyof typeof STATE, number>>;
}

interface Bindings {
  readonly choice: Uint32Array<ArrayBuffer>;
  readonly logProb: Float32Array<ArrayBuffer>;
  readonly state: Uint32Array<ArrayBuffer>;
  readonly rows: Uint32Array<ArrayBuffer>;
  readonly tokenState: Uint32Array<ArrayBuffer>;
  readonly tokens: Uint32Array<ArrayBuffer>;
  readonly logProbs: Float32Array<ArrayBuffer>;
}

/** The bindings before the kernel runs. */
function bindings({ row, choice, state }: Case): Bindings {
  const words = { maxGenerated: 100, contextLength: S, ...state };
  const stateWords = new Uint32Array(8);
  for (const [name, index] of Object.entries(STATE)) {
    stateWords[index] = words[name as keyof typeof STATE] ?? 0;
  }
  const rows = new Uint32Array(2 + 2 * 8);
  rows.set(rowWords({ row, firstLogitRow: Math.max(0, row.length - 1) }));
  const tokenState = new Uint32Array(V);
  tokenState.set([3, IS_END, IN_PROMPT | IS_END, IN_PROMPT | 7]);
  return {
    choice: Uint32Array.of(choice),
    logProb: Float32Array.of(-1.25),
    state: stateWords,
    rows,
    tokenState,
    tokens: new Uint32Array(S + 1).fill(99),
    logProbs: new Float32Array(S + 1),
  };
}

/** Runs the kernel, compares every buffer with the twin's, and gives the state. */
async function run(test: Case): Promise<Uint32Array> {
  const expected = bindings(test);
  const arrays = bindings(test);
  const buffers = {
    choice: harness.upload(arrays.choice),
    logProb: harness.upload(arrays.logProb),
    state: harness.upload(arrays.state),
    rows: harness.upload(arrays.rows),
    tokenState: harness.upload(arrays.tokenState),
    tokens: harness.upload(arrays.tokens),
    logProbs: harness.upload(arrays.logProbs),
  };
  const op = accept(harness.gpu, {
    ...buffers,
    vocabSize: V,
    contextLength: S,
  });
  await harness.run(() => op(1));
  twin(expected);
  const names = Object.keys(buffers) as (keyof Bindings)[];
  await harness.readAll(names.map((name) => [buffers[name], arrays[name]]));
  for (const name of names) assertEquals(arrays[name], expected[name], name);
  return expected.state;
}

const AT_9 = [{ token: 4, position: 9 }];

Deno.test("accept() commits the choice after the only row", async () => {
  const state = await run({ row: AT_9, choice: 5 });
  assertEquals([...state], [10, 1, 100, S, STOP.running, 1, 0, 0]);
});

Deno.test("accept() commits the choice after the last row of a prompt", async () => {
  const row = [7, 8, 9].map((position) => ({ token: 0, position }));
  const state = await run({ row, choice: 3, state: { numRounds: 2 } });
  assertEquals([...state], [10, 1, 100, S, STOP.running, 3, 0, 0]);
});

Deno.test("accept() does nothing when the generation has ended", async () => {
  const state = await run({ row: [], choice: 5, state: { stop: STOP.end } });
  assertEquals([...state], [0, 0, 100, S, STOP.end, 0, 0, 0]);
});

Deno.test("accept() stops at ids that end the text, unless told to ignore them", async () => {
  for (const choice of [1, 2]) {
    const stopped = await run({ row: AT_9, choice });
    assertEquals(stopped[STATE.stop], STOP.end);
    const ignored = await run({ row: AT_9, choice, state: { ignoreEnd: 1 } });
    assertEquals(ignored[STATE.stop], STOP.running);
  }
});

Deno.test("accept() stops at the limit of generated tokens, and not before", async () => {
  for (const [numGenerated, stop] of [[3, "running"], [4, "length"]] as const) {
    const state = await run({
      row: AT_9,
      choice: 5,
      state: { numGenerated, maxGenerated: 5 },
    });
    assertEquals(state[STATE.stop], STOP[stop]);
  }
});

Deno.test("accept() stops when the context is full, and not before", async () => {
  for (
    const [position, stop] of [[S - 3, "running"], [S - 2, "context"]] as const
  ) {
    const state = await run({ row: [{ token: 4, position }], choice: 5 });
    assertEquals(state[STATE.stop], STOP[stop]);
  }
});

Deno.test("accept() gives the end of the text precedence over a limit reached with it", async () => {
  const limits = { maxGenerated: 1, contextLength: 11 };
  const ended = await run({ row: AT_9, choice: 1, state: limits });
  assertEquals(ended[STATE.stop], STOP.end);
  const ignored = { ...limits, ignoreEnd: 1 };
  const full = await run({ row: AT_9, choice: 1, state: ignored });
  assertEquals(full[STATE.stop], STOP.length);
});
