import type { DraftCheckpoint } from "./draft_checkpoint.ts";
import {
  type DraftAxis,
  drafterText,
  type DraftLayerTensors,
  draftSizes,
  finishDraft,
  takeDraftLayer,
} from "./draft_layer.ts";
import { readRows } from "./read_rows.ts";
import { TensorLookup, type WeightEntry } from "./tensor_lookup.ts";

/** All tensors of a Jakiro* drafter. */
export interface JakiroStarTensors extends DraftLayerTensors {
  /** Tells it from other drafters. */
  readonly kind: "jakiro_star";
  /** `[2, D]` */
  readonly moeGate: WeightEntry;
  /** Two feed-forward networks with a GELU between their layers. */
  readonly experts: readonly JakiroStarExpertTensors[];
}

/** A feed-forward network of two layers. */
export interface JakiroStarExpertTensors {
  /** `[F, D]` */
  readonly fc: WeightEntry;
  /** `[D, F]` */
  readonly proj: WeightEntry;
}

const MOE = "layers.0.mlp_moe";

/**
 * Finds the tensors of a Jakiro* drafter, and checks that there are no others.
 *
 * Source: arXiv 2502.06282, and the reference implementation's `jakiro_star`.
 *
 * @throws {ReferenceError} A tensor is missing.
 * @throws {TypeError} A tensor's elements are not F32, F16 or BF16.
 * @throws {RangeError} A tensor has another shape, or is none of a Jakiro* drafter.
 */
export function resolveJakiroStarTensors(
  checkpoint: DraftCheckpoint,
): JakiroStarTensors {
  const { config } = checkpoint;
  const name = `${MOE}.experts.0.fc.weight`;
  const width = readRows(checkpoint, name, { axes: ["F", "D"], min: 1 });
  const lookup = new TensorLookup<DraftAxis | "2">(checkpoint, {
    model: drafterText("a Jakiro*", config),
    sizes: { ...draftSizes(config, width), "2": 2 },
  });
  const layer = takeDraftLayer(lookup, config);
  const moeGate = lookup.take(`${MOE}.gate.weight`, ["2", "D"]);
  const experts = [0, 1].map((expert) => ({
    fc: lookup.take(`${MOE}.experts.${expert}.fc.weight`, ["F", "D"]),
    proj: lookup.take(`${MOE}.experts.${expert}.proj.weight`, ["D", "F"]),
  }));
  finishDraft(lookup);
  return { kind: "jakiro_star", ...layer, moeGate, experts };
}
