import { Drafter } from "./drafter.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Target } from "../model/mod.ts";
import { openCheckpoint } from "../checkpoint/mod.ts";

/**
 * Loads a drafter from its directory.
 *
 * @param gpu Device.
 * @param target The model it drafts for.
 * @param directory Path or `file:` URL.
 * @returns The drafter.
 */
export async function openDrafter(
  gpu: Gpu,
  target: Target,
  directory: string | URL,
): Promise<Drafter> {
  using checkpoint = await openCheckpoint(directory);
  const tensor = (name: string) => {
    const entry = checkpoint.tensors.get(name);
    if (entry === undefined || entry.dtype === "I64") {
      throw new ReferenceError(name);
    }
    // deno-lint-ignore no-explicit-any
    return entry as any;
  };
  const optional = (name: string) =>
    checkpoint.tensors.has(name) ? tensor(name) : null;
  const at = "layers.0.";
  const experts = [];
  while (
    checkpoint.tensors.has(
      `${at}mlp_moe.experts.${experts.length}.up_proj.weight`,
    )
  ) {
    const name: string = `${at}mlp_moe.experts.${experts.length}`;
    experts.push({
      gate: tensor(`${name}.gate_proj.weight`),
      up: tensor(`${name}.up_proj.weight`),
      down: tensor(`${name}.down_proj.weight`),
    });
  }
  const { config } = checkpoint;
  return await Drafter.load(gpu, target, {
    kind: "jakiro",
    checkpoint,
    tensors: {
      fc: tensor("fc.weight"),
      fcBias: optional("fc.bias"),
      q: tensor(at + "self_attn.q_proj.weight"),
      k: tensor(at + "self_attn.k_proj.weight"),
      v: tensor(at + "self_attn.v_proj.weight"),
      o: tensor(at + "self_attn.o_proj.weight"),
      qkvBiases: null,
      postAttentionNorm: tensor(at + "post_attention_layernorm.weight"),
      moeGate: optional(at + "mlp_moe.gate.weight"),
      experts,
    },
    shape: {
      hiddenSize: config.hiddenSize,
      rmsNormEps: config.rmsNormEps,
      numHeads: config.numAttentionHeads,
      numKvHeads: config.numKeyValueHeads,
      headDim: config.headDim,
      ropeTheta: config.ropeTheta,
      ropeScaling: config.ropeScaling,
    },
  });
}
