import type {
  DraftTrainer,
  DraftTrainerOptions,
  EvalLosses,
  NamedTensors,
} from "../../src/train/mod.ts";

/**
 * A trainer without gradients: each step moves every weight by an amount that follows from the batch and from
 * what the steps before left, so that a batch skipped, repeated or out of order shows in the weights.
 */
export function createFakeTrainer(
  { shape, seed }: DraftTrainerOptions,
): Promise<DraftTrainer> {
  const shapes = jakiroShapes(shape.hiddenSize, {
    kvSize: shape.numKeyValueHeads * shape.headDim,
    qSize: shape.numAttentionHeads * shape.headDim,
  });
  let tensors: NamedTensors = new Map(
    shapes.map(([name, axes], index) => {
      const size = axes.reduce((product, axis) => product * axis, 1);
      const values = Float32Array.from(
        { length: size },
        (_, at) => Math.sin(seed + 7 * index + at) / 8,
      );
      return [name, { shape: axes, values }];
    }),
  );
  let moment = 0;
  let numSteps = 0;
  const losses: EvalLosses = {
    loss: 1,
    regression: 1,
    crossEntropy: 1,
    contrastRegression: 1,
    contrastCrossEntropy: 1,
    agreement: 0.5,
    overlap: 0.4,
    contrastAgreement: 0.25,
    contrastOverlap: 0.2,
  };
  return Promise.resolve({
    backend: "wasm",
    get numSteps() {
      return numSteps;
    },
    step({ tokenIds, hidden, lossMask }) {
      let sum = 0;
      tokenIds.forEach((id, at) => sum += id * (lossMask[at] ?? 0) * (at + 1));
      hidden.forEach((value, at) => sum += value * (at % 7));
      moment = Math.fround(0.9 * moment + Math.sin(sum));
      for (const { values } of tensors.values()) {
        values.forEach((value, at) => values[at] = value + moment / 1000);
      }
      numSteps++;
      return Promise.resolve();
    },
    losses: () => Promise.resolve({ ...losses, gradNorm: 1 }),
    evaluate: () => Promise.resolve(losses),
    tensors: () => Promise.resolve(copy(tensors)),
    state: () => {
      const values = Float32Array.of(moment);
      const all = copy(tensors).set("moment1", { shape: [1], values });
      return Promise.resolve({ step: numSteps, tensors: all });
    },
    restore(state) {
      const all = copy(state.tensors);
      moment = all.get("moment1")?.values[0] ?? NaN;
      all.delete("moment1");
      tensors = all;
      numSteps = state.step;
      return Promise.resolve();
    },
    [Symbol.dispose]() {},
  });
}

function copy(tensors: NamedTensors) {
  return new Map(
    tensors.entries().map(([name, { shape, values }]) => [
      name,
      { shape, values: values.slice() },
    ]),
  );
}

function jakiroShapes(
  D: number,
  { qSize, kvSize }: { readonly qSize: number; readonly kvSize: number },
): readonly (readonly [string, readonly number[]])[] {
  const layer = "layers.0.";
  const experts = [0, 1].flatMap((expert) =>
    ["gate_proj", "up_proj", "down_proj"].map((name) =>
      [`${layer}mlp_moe.experts.${expert}.${name}.weight`, [D, D]] as const
    )
  );
  return [
    ["fc.weight", [D, 2 * D]],
    ["fc.bias", [D]],
    [`${layer}self_attn.q_proj.weight`, [qSize, D]],
    [`${layer}self_attn.k_proj.weight`, [kvSize, D]],
    [`${layer}self_attn.v_proj.weight`, [kvSize, D]],
    [`${layer}self_attn.o_proj.weight`, [D, qSize]],
    [`${layer}post_attention_layernorm.weight`, [D]],
    [`${layer}mlp_moe.gate.weight`, [4, D]],
    ...experts,
  ];
}
