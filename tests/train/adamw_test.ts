import { assertAlmostEquals, assertEquals } from "@std/assert";
import { numpy as np } from "@jax-js/jax";
import { startWasm } from "./_draft_case.ts";
import { adamw, type ArraysByKey } from "../../src/train/adamw.ts";
import type { OptimizerRecipe } from "../../src/train/optimizer_recipe.ts";
import { JAKIRO_RECIPE } from "../../src/train/train_recipe.ts";

const RECIPE: OptimizerRecipe = {
  ...JAKIRO_RECIPE,
  beta1: 0.9,
  beta2: 0.5,
  epsilon: 0,
  weightDecay: 0.1,
  clipValue: null,
};

/** Steps a matrix of one element, and a vector of one. */
async function step(
  recipe: OptimizerRecipe,
  from: { readonly value: number; readonly moments: readonly [number, number] },
  args: { readonly gradient: number; readonly rates: readonly number[] },
): Promise<{ matrix: number[]; vector: number; gradNorm: number }> {
  await startWasm();
  const both = (value: number): ArraysByKey => ({
    matrix: np.array([[value]]),
    vector: np.array([value]),
  });
  const { state, gradNorm } = adamw(
    {
      parameters: both(from.value),
      moment1: both(from.moments[0]),
      moment2: both(from.moments[1]),
    },
    both(args.gradient),
    { recipe, rates: np.array([...args.rates]) },
  );
  const read = async (arrays: ArraysByKey, key: string): Promise<number> =>
    (await arrays[key]?.data())?.[0] ?? NaN;
  return {
    matrix: [
      await read(state.parameters, "matrix"),
      await read(state.moment1, "matrix"),
      await read(state.moment2, "matrix"),
    ],
    vector: await read(state.parameters, "vector"),
    gradNorm: (await gradNorm.data())[0] ?? NaN,
  };
}

function assertClose(actual: readonly number[], expected: readonly number[]) {
  assertEquals(actual.length, expected.length);
  // Rounded to f32 a few times.
  expected.forEach((value, i) =>
    assertAlmostEquals(actual[i] ?? NaN, value, 1e-6)
  );
}

Deno.test("adamw() moves, remembers and decays as worked out by hand", async () => {
  // The second step from 1.5 with gradient -2: m = 0.9 * 0.4 - 0.1 * 2 = 0.16, v = 0.5 * 1 + 0.5 * 4 = 2.5;
  // corrected by 1 / 0.19 and 1 / 0.75; 0.01 * (0.8421052632 / 1.8257418584 + 0.1 * 1.5) = 0.0061124215.
  const { matrix, vector } = await step(RECIPE, {
    value: 1.5,
    moments: [0.4, 1],
  }, { gradient: -2, rates: [0.01, 1 / 0.19, 1 / 0.75] });
  assertClose(matrix, [1.4938875785, 0.16, 2.5]);
  assertClose([vector], [1.4938875785]);
});

Deno.test("adamw() spares vectors from decay on request", async () => {
  const recipe = { ...RECIPE, decaysMatricesOnly: true };
  const { matrix, vector } = await step(recipe, {
    value: 1.5,
    moments: [0.4, 1],
  }, { gradient: -2, rates: [0.01, 1 / 0.19, 1 / 0.75] });
  assertClose([matrix[0] ?? NaN, vector], [1.4938875785, 1.4953875785]);
});

Deno.test("adamw() clips each element of a gradient", async () => {
  const recipe = { ...RECIPE, clipValue: 0.5 };
  const from = { value: 0, moments: [0, 0] } as const;
  const { matrix, gradNorm } = await step(recipe, from, {
    gradient: -2,
    rates: [0, 1, 1],
  });
  assertClose(matrix, [0, -0.05, 0.125]);
  assertClose([gradNorm], [Math.sqrt(8)]);
});

Deno.test("adamw() clips the norm of all gradients, and only if it is larger", async () => {
  const from = { value: 0, moments: [0, 0] } as const;
  const at = async (clipNorm: number): Promise<number> =>
    (await step({ ...RECIPE, clipNorm }, from, {
      gradient: -2,
      rates: [0, 1, 1],
    })).matrix[1] ?? NaN;
  // Two gradients of -2 have a norm of 2.83: to 1 each becomes -0.707, and a tenth of that is the moment.
  assertClose([await at(1), await at(3)], [-0.0707106781, -0.2]);
});
