import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertLess,
  assertRejects,
} from "@std/assert";
import { randomBatch, randomValues } from "./_draft_case.ts";
import {
  createDraftTrainer,
  type DraftShape,
  type DraftTrainer,
  JAKIRO_RECIPE,
  type TrainRecipe,
} from "../../src/train/mod.ts";

const SHAPE: DraftShape = {
  kind: "jakiro",
  vocabSize: 31,
  hiddenSize: 16,
  intermediateSize: 16,
  numExperts: 2,
  numAttentionHeads: 4,
  numKeyValueHeads: 2,
  headDim: 4,
  rmsNormEps: 1e-5,
  ropeTheta: 10000,
  ropeScaling: null,
  bias: true,
};
const RECIPE: TrainRecipe = {
  ...JAKIRO_RECIPE,
  learningRate: 3e-3,
  warmupSteps: 2,
  totalSteps: 400,
};
const SIZE = SHAPE.vocabSize * SHAPE.hiddenSize;

function open(
  changes: Partial<Parameters<typeof createDraftTrainer>[0]> = {},
): Promise<DraftTrainer> {
  return createDraftTrainer({
    shape: SHAPE,
    recipe: RECIPE,
    seed: 9,
    target: {
      embedTokens: randomValues(SIZE, { seed: 1 }),
      lmHead: randomValues(SIZE, { seed: 2 }),
    },
    backend: "wasm",
    ...changes,
  });
}

function batchOf(seed: number): ReturnType<typeof randomBatch> {
  return randomBatch(SHAPE, { numSequences: 2, length: 8, seed });
}

Deno.test("DraftTrainer fits a batch that it sees again and again", async () => {
  using trainer = await open({ recipe: { ...RECIPE, noise: 0 } });
  const batch = batchOf(1);
  const before = await trainer.evaluate(batch);
  for (let step = 0; step < 120; step++) await trainer.step(batch);
  const { loss, gradNorm } = await trainer.losses();
  assert(Number.isFinite(loss) && gradNorm > 0);
  const after = await trainer.evaluate(batch);
  assertLess(after.loss, before.loss / 2);
  assertLess(after.regression, before.regression / 4);
  assertLess(before.overlap, after.overlap);
  assertEquals(trainer.numSteps, 120);
});

for (const backend of ["wasm", "webgpu"] as const) {
  Deno.test(`DraftTrainer.restore() goes on to the same bits as not stopping, on ${backend}`, async () => {
    using whole = await open({ backend });
    for (let step = 0; step < 3; step++) await whole.step(batchOf(step));
    const saved = await whole.state();
    for (let step = 3; step < 6; step++) await whole.step(batchOf(step));
    // Other first weights and steps of its own must leave no trace.
    using resumed = await open({ backend, initial: await whole.tensors() });
    await resumed.step(batchOf(7));
    await resumed.restore(saved);
    assertEquals(resumed.numSteps, 3);
    for (let step = 3; step < 6; step++) await resumed.step(batchOf(step));
    assertEquals(await resumed.state(), await whole.state());
  });
}

Deno.test("DraftTrainer.step() draws noise that depends on the seed and the step", async () => {
  using first = await open();
  const initial = await first.tensors();
  const lossOf = async (seed: number, noise = 0.2): Promise<number> => {
    using trainer = await open({
      initial,
      seed,
      recipe: { ...RECIPE, noise },
    });
    await trainer.step(batchOf(1));
    return (await trainer.losses()).loss;
  };
  const loss = await lossOf(9);
  assertEquals(await lossOf(9), loss);
  assert(loss !== await lossOf(10));
  assertEquals(await lossOf(9, 0), await lossOf(10, 0));
});

Deno.test("DraftTrainer.losses() are means of the steps since the last call", async () => {
  const recipe = { ...RECIPE, warmupSteps: 1e9, noise: 0 };
  using trainer = await open({ recipe });
  const losses: number[] = [];
  for (const seed of [1, 2]) {
    await trainer.step(batchOf(seed));
    losses.push((await trainer.losses()).loss);
  }
  for (const seed of [1, 2]) await trainer.step(batchOf(seed));
  const { loss } = await trainer.losses();
  const [first = NaN, second = NaN] = losses;
  // A learning rate of 1e-12 moves nothing that f32 shows.
  assertEquals(loss, (first + second) / 2);
});

Deno.test("createDraftTrainer() starts from the tensors that it is given", async () => {
  using first = await open();
  const tensors = await first.tensors();
  using second = await open({ initial: tensors, seed: 1 });
  assertEquals(await second.tensors(), tensors);
  assertEquals(tensors.get("layers.0.mlp_moe.gate.weight")?.shape, [4, 16]);
});

Deno.test("createDraftTrainer() refuses matrices of another vocabulary", async () => {
  await assertRejects(
    () =>
      open({
        target: {
          embedTokens: new Float32Array(SIZE),
          lmHead: new Float32Array(SIZE + 16),
        },
      }),
    RangeError,
    'Cannot train with "lmHead" as its shape must be [31, 16]',
  );
});

Deno.test("DraftTrainer.step() refuses batches of other sizes and strange tokens", async () => {
  using trainer = await open();
  const batch = batchOf(1);
  await assertRejects(
    () => trainer.step({ ...batch, hidden: batch.hidden.subarray(1) }),
    RangeError,
    'Cannot train on "hidden" as its shape must be [2, 8, 16]: it has 255 values',
  );
  await assertRejects(
    () => trainer.step({ ...batch, tokenIds: batch.tokenIds.map(() => 31) }),
    RangeError,
    "Cannot train on token 31",
  );
  assertEquals(trainer.numSteps, 0);
});

Deno.test("DraftTrainer computes on the GPU what it does on the CPU", async () => {
  // Long enough for sums over rows to be cut into pieces.
  const batch = randomBatch(SHAPE, { numSequences: 4, length: 64, seed: 1 });
  const run = async (
    backend: "wasm" | "webgpu",
  ): Promise<{ losses: number[]; moments: Map<string, Float32Array> }> => {
    using trainer = await open({ backend });
    assertEquals(trainer.backend, backend);
    for (let step = 0; step < 2; step++) await trainer.step(batch);
    const losses = Object.values(await trainer.losses());
    const { tensors } = await trainer.state();
    const moments = [...tensors].filter(([name]) => name.endsWith(".moment1"))
      .map(([name, { values }]) => [name, values] as const);
    return { losses, moments: new Map(moments) };
  };
  const [cpu, gpu] = [await run("wasm"), await run("webgpu")];
  // Sums in another order, and the driver's own exponential.
  gpu.losses.forEach((loss, i) => {
    const { [i]: expected = NaN } = cpu.losses;
    assertAlmostEquals(loss, expected, 1e-4 * Math.max(1, expected));
  });
  for (const [name, values] of cpu.moments) {
    const largest = values.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
    const actual = gpu.moments.get(name);
    values.forEach((x, i) =>
      assertAlmostEquals(actual?.[i] ?? NaN, x, 1e-4 * largest, name)
    );
  }
});
