import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import type { OptimizerRecipe } from "../../../src/train/mod.ts";
import { DEFAULT_MODEL } from "../../../tools/default_model.ts";
import { BatchStream } from "../../../tools/pretrain/batch_stream.ts";
import { heldOutBatches } from "../../../tools/pretrain/held_out_batches.ts";
import {
  type Progress,
  type RunOptions,
  runPretraining,
} from "../../../tools/pretrain/run_pretraining.ts";
import { readState, writeState } from "../../../tools/pretrain/state_file.ts";
import { CountingTrainer, documentsOf } from "./fixtures.ts";

interface Run {
  readonly options: RunOptions;
  readonly saved: Progress[];
  readonly recipes: OptimizerRecipe[];
}

function makeRun(
  changes: Partial<RunOptions>,
  costs: { readonly stepMs?: number; readonly openMs?: number } = {},
): Run {
  const clock = { ms: 5000 };
  const saved: Progress[] = [];
  const recipes: OptimizerRecipe[] = [];
  const sizes = { numSequences: 2, length: 16 };
  const options: RunOptions = {
    openTrainer: (recipe) => {
      recipes.push(recipe);
      return Promise.resolve(new CountingTrainer(recipe, { clock, ...costs }));
    },
    recipe: { ...DEFAULT_MODEL.optimizer, totalSteps: 95, warmupSteps: 50 },
    stream: new BatchStream(documentsOf(7, 9, 12, 4, 5, 16), {
      ...sizes,
      seed: 1,
    }),
    heldOut: { small: heldOutBatches(documentsOf(3, 6), { ...sizes }) },
    minutes: null,
    every: { log: 10, evaluate: 30, save: 40 },
    resumed: null,
    signal: new AbortController().signal,
    save: (progress) => {
      saved.push({ ...progress, curve: [...progress.curve] });
      return Promise.resolve();
    },
    report: () => {},
    now: () => clock.ms,
    ...changes,
  };
  return { options, saved, recipes };
}

Deno.test("runPretraining() makes the steps of the recipe, and logs, measures and saves in time", async () => {
  const { options, saved } = makeRun({});
  const { state, curve } = await runPretraining(options);
  assertEquals(state.step, 95);
  assertEquals(
    curve.map(({ step }) => step),
    [10, 20, 30, 40, 50, 60, 70, 80, 90, 95],
  );
  assertEquals(
    curve.filter(({ heldOut }) => heldOut).map(({ step }) => step),
    [30, 60, 90, 95],
  );
  assertEquals(saved.map((progress) => progress.state.step), [40, 80, 95]);
  // The fixture's loss is its number of tokens: 2 and 5, in one batch.
  assertEquals(curve.at(-1)?.heldOut, { small: 7 });
});

Deno.test("runPretraining() goes on from a saved state to the same weights", async () => {
  const whole = await runPretraining(makeRun({}).options);
  const file = await Deno.makeTempFile({ suffix: ".safetensors" });
  try {
    for (const stop of [1, 37, 80, 94]) {
      const controller = new AbortController();
      const { openTrainer } = makeRun({}).options;
      const interrupted = makeRun({
        signal: controller.signal,
        openTrainer: async (recipe) => {
          const trainer = await openTrainer(recipe);
          const step = trainer.step.bind(trainer);
          trainer.step = async (batch) => {
            await step(batch);
            if (trainer.numSteps === stop) controller.abort();
          };
          return trainer;
        },
      });
      const partial = await runPretraining(interrupted.options);
      assertEquals(partial.state.step, stop);
      assertNotEquals(partial.state.tensors, whole.state.tensors);
      await writeState(file, partial);
      const resumed = await readState(file);
      assertEquals(resumed, partial);
      const { state } = await runPretraining(makeRun({ resumed }).options);
      assertEquals(state, whole.state);
    }
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("runPretraining() plans as many steps as the minutes allow, and ends by then", async () => {
  const { options, recipes } = makeRun({ minutes: 2 }, {
    stepMs: 100,
    openMs: 9000,
  });
  const startMs = options.now();
  const { state, totalSteps } = await runPretraining(options);
  assert(options.now() - startMs <= 120_000);
  assert(options.now() - startMs > 105_000);
  assertEquals(state.step, totalSteps);
  assertEquals(recipes.map((recipe) => recipe.totalSteps), [95, totalSteps]);
  const planned = { ...options.recipe, totalSteps };
  const direct = await runPretraining(makeRun({ recipe: planned }).options);
  assertEquals(state.tensors, direct.state.tensors);
});

Deno.test("runPretraining() ends in time although steps become slower", async () => {
  let isSlow = false;
  const { options, saved } = makeRun({
    minutes: 1,
    report: () => isSlow = true,
  }, { stepMs: 20 });
  const { openTrainer, now } = options;
  let extraMs = 0;
  const startMs = now();
  const { state, totalSteps } = await runPretraining({
    ...options,
    now: () => now() + extraMs,
    openTrainer: async (recipe) => {
      const trainer = await openTrainer(recipe);
      const step = trainer.step.bind(trainer);
      trainer.step = async (batch) => {
        await step(batch);
        if (isSlow) extraMs += 100;
      };
      return trainer;
    },
  });
  assertAlmostEquals(now() + extraMs - startMs, 60_000, 120);
  assert(state.step < totalSteps);
  assertEquals(saved.at(-1)?.state.step, state.step);
});

Deno.test("runPretraining() refuses to plan by time in a short warm-up", async () => {
  const { options } = makeRun({
    minutes: 1,
    recipe: { ...DEFAULT_MODEL.optimizer, warmupSteps: 49 },
  });
  await assertRejects(
    () => runPretraining(options),
    RangeError,
    "the warm-up must have at least 50 steps: 49",
  );
});

Deno.test("runPretraining() stops at a loss that is no number, and keeps what was saved", async () => {
  const { options, saved } = makeRun({});
  const { openTrainer } = options;
  await assertRejects(
    () =>
      runPretraining({
        ...options,
        openTrainer: async (recipe) => {
          const trainer = await openTrainer(recipe);
          const losses = trainer.losses.bind(trainer);
          trainer.losses = async () => ({
            ...await losses(),
            ...trainer.numSteps > 60 ? { loss: NaN } : {},
          });
          return trainer;
        },
      }),
    RangeError,
    "the loss must be a number: NaN before step 70",
  );
  assertEquals(saved.map(({ state }) => state.step), [40]);
});
