import { assertAlmostEquals, assertEquals } from "@std/assert";
import { numpy as np } from "@jax-js/jax";
import { startWasm } from "./_draft_case.ts";
import { ParameterTrainer } from "../../src/train/parameter_trainer.ts";
import type { ParameterSpec } from "../../src/train/parameter_layout.ts";
import { JAKIRO_RECIPE } from "../../src/train/train_recipe.ts";

const weight = (name: string): ParameterSpec => ({
  parts: [{ name, shape: [1, 1] }],
  start: "ones",
});

Deno.test("ParameterTrainer.step() has the gradients of two layers worked out by hand", async () => {
  await startWasm();
  using trainer = new ParameterTrainer<{ x: np.Array }>({
    device: "wasm",
    layout: { first: weight("a"), second: weight("b") },
    initial: new Map([
      ["a", { shape: [1, 1], values: Float32Array.of(2) }],
      ["b", { shape: [1, 1], values: Float32Array.of(3) }],
    ]),
    recipe: {
      ...JAKIRO_RECIPE,
      beta1: 0.5,
      beta2: 0.75,
      warmupSteps: 0,
      learningRate: 0.125,
      weightDecay: 0,
      clipValue: null,
    },
    seed: 0,
    objective: {
      loss({ first, second }, { x }) {
        if (!first || !second) throw new ReferenceError("no weights");
        const error = np.matmul(np.matmul(x.ref, first.ref), second.ref)
          .sub(4);
        return { loss: np.sum(np.square(error).mul(0.5)), terms: {} };
      },
      evaluate: () => ({}),
    },
  });
  await trainer.step({ x: np.array([[1]]) });
  // b · a · x = 6 is 2 too much: the loss is 2, and its gradients 2 · b · x = 6 by a and 2 · a · x = 4 by b.
  const { loss, gradNorm } = await trainer.means();
  assertEquals(loss, 2);
  assertAlmostEquals(gradNorm ?? NaN, Math.sqrt(6 ** 2 + 4 ** 2), 1e-6);
  const { step, tensors } = await trainer.state();
  assertEquals(step, 1);
  const value = (name: string): number => tensors.get(name)?.values[0] ?? NaN;
  assertEquals(["a.moment1", "b.moment1"].map(value), [3, 2]);
  assertEquals(["a.moment2", "b.moment2"].map(value), [9, 4]);
  // A first step of Adam is as long as the learning rate, whatever the gradient.
  assertAlmostEquals(value("a"), 1.875, 1e-6);
  assertAlmostEquals(value("b"), 2.875, 1e-6);
});
