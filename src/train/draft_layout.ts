import type { DraftShape } from "./draft_shape.ts";
import type { ParameterPart, ParameterSpec } from "./parameter_layout.ts";

/** Parameters of every drafter; `F` counts all its experts. */
export type DraftParameter =
  /** `[D, 2*D]`: columns of the embedding, then of the hidden state. */
  | "fc"
  /** `[D]`, where there is one. */
  | "fcBias"
  /** `[(H+2G)*E, D]` */
  | "qkv"
  /** `[D, H*E]` */
  | "o"
  /** `[D]` */
  | "norm"
  /** `[X+2, D]` for Jakiro, `[2, D]` for Jakiro*. */
  | "gate"
  /** `[2*F, D]`: gates, then the others; `[F, D]` for Jakiro*. */
  | "first"
  /** `[D, F]` */
  | "last";

/** Which tensors of upstream's checkpoints each parameter joins. */
export type DraftLayout = Readonly<
  Partial<Record<DraftParameter, ParameterSpec>>
>;

/**
 * Lists a drafter's parameters.
 *
 * First values are those of `torch.nn.Linear`: uniform within one over the root of its columns.
 *
 * @param shape The drafter.
 */
export function draftLayout(shape: DraftShape): DraftLayout {
  const { hiddenSize: D, numAttentionHeads, numKeyValueHeads, headDim } = shape;
  const attention = "layers.0.self_attn";
  const queryRows = numAttentionHeads * headDim;
  const keyRows = numKeyValueHeads * headDim;
  return {
    fc: matrix([{ name: "fc.weight", shape: [D, 2 * D] }]),
    ...shape.bias
      ? {
        fcBias: {
          parts: [{ name: "fc.bias", shape: [D] }],
          start: { uniform: 1 / Math.sqrt(2 * D) },
        },
      }
      : {},
    qkv: matrix([
      { name: `${attention}.q_proj.weight`, shape: [queryRows, D] },
      { name: `${attention}.k_proj.weight`, shape: [keyRows, D] },
      { name: `${attention}.v_proj.weight`, shape: [keyRows, D] },
    ]),
    o: matrix([{ name: `${attention}.o_proj.weight`, shape: [D, queryRows] }]),
    norm: {
      parts: [{
        name: "layers.0.post_attention_layernorm.weight",
        shape: [D],
      }],
      start: "ones",
    },
    ...feedForwardLayout(shape),
  };
}

function feedForwardLayout(shape: DraftShape): DraftLayout {
  const { kind, hiddenSize: D, intermediateSize: F, numExperts } = shape;
  const moe = "layers.0.mlp_moe";
  const networks = kind === "eagle" ? ["layers.0.mlp"] : Array.from(
    { length: numExperts },
    (_, expert) => `${moe}.experts.${expert}`,
  );
  const each = (name: string, axes: [number, number]): ParameterPart[] =>
    networks.map((network) => ({
      name: `${network}.${name}.weight`,
      shape: axes,
    }));
  const gate = (rows: number): ParameterSpec =>
    matrix([{ name: `${moe}.gate.weight`, shape: [rows, D] }]);
  if (kind === "jakiro_star") {
    return {
      gate: gate(numExperts),
      first: matrix(each("fc", [F, D])),
      last: matrix(each("proj", [D, F]), 1),
    };
  }
  return {
    ...kind === "jakiro" ? { gate: gate(numExperts + 2) } : {},
    first: matrix([
      ...each("gate_proj", [F, D]),
      ...each("up_proj", [F, D]),
    ]),
    last: matrix(each("down_proj", [D, F]), 1),
  };
}

function matrix(
  parts: readonly ParameterPart[],
  axis: 0 | 1 = 0,
): ParameterSpec {
  const columns = parts[0]?.shape[1] ?? 1;
  return { parts, axis, start: { uniform: 1 / Math.sqrt(columns) } };
}
