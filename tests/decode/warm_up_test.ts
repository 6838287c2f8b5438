import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { DraftRun } from "../draft/_draft_run.ts";
import { GREEDY } from "../../src/ops/mod.ts";
import { readBuffer } from "../../src/gpu/read_buffer.ts";
import { Session } from "../../src/decode/session.ts";
import { submitPass } from "../../src/gpu/submit_pass.ts";
import { treeLadder } from "../../src/draft/mod.ts";
import { warmUp } from "../../src/decode/warm_up.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);
const MAX_ROWS = 64;
/** Long enough for keys to be split on a GPU, where a prompt's passes and rounds reach so far. */
const CONTEXT_LENGTH = 2000;
const FIRST_POSITIONS = [0, 1500] as const;

/** Lists the launches of prompts and rounds in all gears, which compiles what was not. */
function listAll(session: Session, numGears: number): void {
  const gears = Array.from({ length: numGears }, (_, gear) => gear);
  for (const first of gears) {
    for (const isAsked of [true, false]) {
      session.start({
        prompt: [1],
        sampling: isAsked
          ? { ...GREEDY, temperature: 1, topK: 4, topP: 0.5 }
          : GREEDY,
        logitBias: new Map(),
        maxTokens: 8,
        endTokens: [],
        ignoreEos: true,
        logProbs: isAsked,
      });
      for (const position of FIRST_POSITIONS) {
        for (const numRows of [1, 2, 7, 8, 9, 15, 33, MAX_ROWS]) {
          session.gear = first;
          session.prefill(Array(numRows).fill(1), position, 1);
          session.prefill(Array(numRows).fill(1), position, null);
        }
        // A sequence that has begun without trees goes on without.
        for (const second of first === 0 ? [0] : gears) {
          session.gear = second;
          assertGreater(session.round.length, 0);
          session.advance();
          assertGreater(session.round.length, 0);
          session.gear = first;
          session.prefill([1, 1], position, null);
        }
      }
    }
  }
}

Deno.test("warmUp() leaves what an abandoned generation has written as it is", async () => {
  const tree = { numNodes: 4, depth: 2, topK: 2 } as const;
  using run = await DraftRun.open({
    target: STORIES,
    drafter: new URL("drafter/", STORIES),
    tree,
  });
  const { gpu, target, drafter } = run;
  using session = new Session(gpu, target, { drafter, tree });
  session.gear = 1;
  session.start({
    prompt: [1],
    sampling: GREEDY,
    logitBias: new Map(),
    maxTokens: 100,
    endTokens: [],
    ignoreEos: true,
    logProbs: false,
  });
  await gpu.guard("run rounds", () => {
    submitPass(gpu, session.prefill([1], 0, null));
    for (let round = 0; round < 4; round++) {
      submitPass(gpu, session.round);
      session.advance();
    }
  });
  const { state, history, tokenState } = session.buffers;
  const read = (): Promise<Uint32Array[]> =>
    Promise.all(
      [state, history, tokenState].map(async (buffer) =>
        new Uint32Array(await readBuffer(gpu, buffer))
      ),
    );
  const before = await read();
  assert(before[0]?.some((word) => word !== 0));
  await warmUp(gpu, session, { onProgress: () => {} });
  assertEquals(await read(), before);
});

for (const isSoftware of [true, false]) {
  const adapter = isSoftware ? "a software adapter" : "a GPU";
  Deno.test(`warmUp() compiles all that decoding, plainly and with the trees for ${adapter} needs`, async () => {
    const trees = treeLadder({ vocabSize: 512, isSoftware });
    using run = await DraftRun.open({
      target: STORIES,
      drafter: new URL("drafter/", STORIES),
      tree: { numNodes: 60, depth: 5, topK: 8 },
      contextLength: CONTEXT_LENGTH,
      isSoftware,
    });
    const { gpu, target, drafter } = run;
    const [tree, ...others] = trees;
    using session = new Session(gpu, target, { drafter, tree, others });
    const numUploaded = gpu.kernels.size;
    await warmUp(gpu, session, { onProgress: () => {}, gears: [] });
    const numPlain = gpu.kernels.size;
    assertLess(numUploaded, numPlain);
    listAll(session, 1);
    assertEquals(gpu.kernels.size, numPlain);
    const steps: number[] = [];
    await warmUp(gpu, session, {
      onProgress: (done, total) => steps.push(total - done),
    });
    assertEquals(steps, steps.toSorted((a, b) => b - a));
    assertEquals(steps.at(-1), 0);
    const numCompiled = gpu.kernels.size;
    assertLess(numPlain, numCompiled);
    listAll(session, 1 + trees.length);
    assertEquals(gpu.kernels.size, numCompiled);
    const names = session.round.map(({ kernel }) => kernel.name);
    assertEquals(names.includes("attention_serial"), isSoftware);
    assertEquals(names.includes("attention_split"), !isSoftware);
  });
}
