import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { jit, type numpy as np, valueAndGrad } from "@jax-js/jax";
import {
  putInputs,
  putParameters,
  randomBatch,
  randomDrafter,
  randomValues,
  sequencesOf,
  startWasm,
} from "./_draft_case.ts";
import type { ArraysByKey } from "../../src/train/adamw.ts";
import { draftLayout } from "../../src/train/draft_layout.ts";
import { draftLoss } from "../../src/train/draft_loss.ts";
import type { DraftShape } from "../../src/train/draft_shape.ts";
import type { NamedTensor } from "../../src/train/named_tensor.ts";
import {
  type ParameterSpec,
  unpackParameter,
} from "../../src/train/parameter_layout.ts";
import {
  JAKIRO_RECIPE,
  type TrainRecipe,
} from "../../src/train/train_recipe.ts";
import { ropeFrequencies } from "../../src/model/rope_table.ts";
import { GOLDEN, GOLDEN_SHAPE, readTensors, valuesOf } from "./_golden.ts";
import {
  draftTraining,
  type DraftTrainingConfig,
  type DraftTrainingTerms,
} from "../reference/draft_training.ts";

const SMALL: DraftShape = {
  kind: "jakiro",
  vocabSize: 19,
  hiddenSize: 8,
  intermediateSize: 6,
  numExperts: 2,
  numAttentionHeads: 4,
  numKeyValueHeads: 2,
  headDim: 4,
  rmsNormEps: 1e-5,
  ropeTheta: 10000,
  ropeScaling: null,
  bias: true,
};

interface Case {
  readonly shape: DraftShape;
  readonly recipe: TrainRecipe;
  readonly drafter: ReadonlyMap<string, NamedTensor>;
  readonly embedTokens: Float32Array<ArrayBuffer>;
  readonly lmHead: Float32Array<ArrayBuffer>;
}

function randomCase(
  changes: Partial<DraftShape>,
  recipe: Partial<TrainRecipe> = {},
): Case {
  const shape = { ...SMALL, ...changes };
  const size = shape.vocabSize * shape.hiddenSize;
  return {
    shape,
    recipe: { ...JAKIRO_RECIPE, ...recipe },
    drafter: randomDrafter(shape, 11),
    embedTokens: randomValues(size, { seed: 5 }),
    lmHead: randomValues(size, { seed: 6 }),
  };
}

/** The drafter that upstream's code ran, with its target's embedding and head. */
async function goldenCase(): Promise<Case> {
  const target = await readTensors(GOLDEN);
  return {
    shape: GOLDEN_SHAPE,
    recipe: JAKIRO_RECIPE,
    drafter: await readTensors(new URL("drafter/", GOLDEN)),
    embedTokens: valuesOf(target, "model.embed_tokens.weight"),
    lmHead: valuesOf(target, "lm_head.weight"),
  };
}

/** Loss, terms and gradients by the library. */
async function compute(
  { shape, recipe, drafter, embedTokens, lmHead }: Case,
  batch: ReturnType<typeof randomBatch>,
): Promise<{
  loss: number;
  terms: Record<string, number>;
  gradients: Map<string, NamedTensor>;
}> {
  await startWasm();
  const layout: Readonly<Record<string, ParameterSpec>> = draftLayout(shape);
  const inputs = putInputs(batch, {
    shape,
    numPasses: recipe.unrollSteps,
    embedTokens,
    lmHead,
  });
  const differentiate = jit((parameters: ArraysByKey) => {
    const [[loss, terms], gradients] = valueAndGrad(
      (own: ArraysByKey): [np.Array, ArraysByKey] => {
        const { loss, mixture, contrast } = draftLoss(own, inputs, {
          shape,
          recipe,
          noise: null,
        });
        const named = Object.entries(contrast ?? {}).map(([name, value]) =>
          [`contrast.${name}`, value] as const
        );
        return [loss, { ...mixture, ...Object.fromEntries(named) }];
      },
      { hasAux: true },
    )(parameters);
    return { loss, terms, gradients };
  });
  const result = differentiate(putParameters(layout, drafter));
  const gradients = new Map<string, NamedTensor>();
  for (const [key, spec] of Object.entries(layout)) {
    const values = await result.gradients[key]?.data();
    const own = unpackParameter(spec, Float32Array.from(values ?? []));
    for (const [name, tensor] of own) gradients.set(name, tensor);
  }
  const terms: Record<string, number> = {};
  for (const [name, term] of Object.entries(result.terms)) {
    terms[name] = (await term.data())[0] ?? NaN;
  }
  return { loss: (await result.loss.data())[0] ?? NaN, terms, gradients };
}

/** The same loss by the reference, of changed tensors if wanted. */
function reference(
  { shape, recipe, drafter, embedTokens, lmHead }: Case,
  batch: ReturnType<typeof randomBatch>,
  changed?: { readonly name: string; readonly values: Float64Array },
): ReturnType<typeof draftTraining> {
  const matrix = [shape.vocabSize, shape.hiddenSize];
  const tensors = new Map<
    string,
    { shape: readonly number[]; values: ArrayLike<number> }
  >(drafter);
  tensors.set("embed_tokens.weight", { shape: matrix, values: embedTokens });
  tensors.set("lm_head.weight", { shape: matrix, values: lmHead });
  const old = changed && tensors.get(changed.name);
  if (changed && old) tensors.set(changed.name, { ...old, ...changed });
  const config: DraftTrainingConfig = {
    ...shape,
    frequencies: ropeFrequencies(shape),
  };
  const sequences = sequencesOf(batch, shape.hiddenSize);
  return draftTraining(tensors, config, { sequences, recipe });
}

const ALL_TERMS: Partial<TrainRecipe> = {
  unrollSteps: 3,
  acceptWeight: 0.7,
  decorrelationWeight: 0.3,
};

const CASES: Readonly<Record<string, () => Case | Promise<Case>>> = {
  "of upstream's random drafter": goldenCase,
  "of Jakiro with three passes and all terms": () => randomCase({}, ALL_TERMS),
  "of Jakiro with three experts and no bias": () =>
    randomCase({ numExperts: 3, bias: false }),
  "of Jakiro*": () => randomCase({ kind: "jakiro_star" }),
  "of EAGLE": () => randomCase({ kind: "eagle", numExperts: 1 }),
};

for (const [name, make] of Object.entries(CASES)) {
  Deno.test(`draftLoss() has the terms and the gradients ${name}`, async () => {
    const own = await make();
    const batch = randomBatch(own.shape, {
      numSequences: 2,
      length: 7,
      seed: 3,
    });
    const actual = await compute(own, batch);
    const expected = reference(own, batch);
    // f32 sums of a few hundred products, against f64.
    assertAlmostEquals(actual.loss, expected.loss, 2e-5 * expected.loss);
    const check = (prefix: string, terms: DraftTrainingTerms | null): void => {
      for (const [term, value] of Object.entries<number>({ ...terms })) {
        assertAlmostEquals(
          actual.terms[prefix + term] ?? NaN,
          value,
          2e-5 * Math.max(1, value),
          prefix + term,
        );
      }
    };
    check("", expected.mixture);
    check("contrast.", expected.contrast);
    assertEquals(
      [...actual.gradients.keys()].sort(),
      [...own.drafter.keys()].sort(),
    );
    for (const [tensor, { values }] of actual.gradients) {
      checkGradient(values, {
        tensor,
        lossOf: (changed) =>
          reference(own, batch, { name: tensor, values: changed }).loss,
        at: Float64Array.from(own.drafter.get(tensor)?.values ?? []),
      });
    }
  });
}

/** Compares some elements of a gradient, the largest among them, with central differences. */
function checkGradient(
  gradient: Float32Array,
  { tensor, lossOf, at }: {
    readonly tensor: string;
    readonly lossOf: (values: Float64Array) => number;
    readonly at: Float64Array;
  },
): void {
  const largest = gradient.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
  assert(largest > 0, `${tensor} has no gradient`);
  const where = gradient.findIndex((x) => Math.abs(x) === largest);
  const { length } = gradient;
  // In f64 a step of 1e-5 leaves an error of its square.
  const step = 1e-5;
  for (const index of [where, 0, length >> 1, length - 1]) {
    const lossAt = (sign: number): number => {
      const values = at.slice();
      values[index] = (at[index] ?? NaN) + sign * step;
      return lossOf(values);
    };
    assertAlmostEquals(
      gradient[index] ?? NaN,
      (lossAt(1) - lossAt(-1)) / (2 * step),
      // The gradient is f32 and sums terms of both signs: digits of the largest element count.
      1e-4 * largest,
      `${tensor}[${index}]`,
    );
  }
}
