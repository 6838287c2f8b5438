import type { DraftCheckpoint } from "./draft_checkpoint.ts";
import {
  type DraftAxis,
  drafterText,
  type DraftLayerTensors,
  draftSizes,
  finishDraft,
  type SwigluTensors,
  takeDraftLayer,
  takeSwiglu,
} from "./draft_layer.ts";
import { readRows } from "./read_rows.ts";
import { TensorLookup, type WeightEntry } from "./tensor_lookup.ts";

/** All tensors of a Jakiro drafter; `X` is its number of experts. */
export interface JakiroTensors extends DraftLayerTensors {
  /** Tells it from other drafters. */
  readonly kind: "jakiro";
  /** `[X+2, D]`; the first `X` rows are for the mixture, the last two for the contrast. */
  readonly moeGate: WeightEntry;
  /** Two or more; `F` is the same for all, and normally `D`. */
  readonly experts: readonly SwigluTensors[];
}

const MOE = "layers.0.mlp_moe";

/**
 * Finds the tensors of a Jakiro drafter, and checks that there are no others.
 *
 * Source: arXiv 2502.06282, and the reference implementation's `MixtralSparseMoeBlock`.
 *
 * @throws {ReferenceError} A tensor is missing.
 * @throws {TypeError} A tensor's elements are not F32, F16 or BF16.
 * @throws {RangeError} A tensor has another shape, or is none of a Jakiro drafter.
 */
export function resolveJakiroTensors(
  checkpoint: DraftCheckpoint,
): JakiroTensors {
  const { config } = checkpoint;
  const gateName = `${MOE}.gate.weight`;
  const expertName = `${MOE}.experts.0.gate_proj.weight`;
  const numGates = readRows(checkpoint, gateName, {
    axes: ["X+2", "D"],
    min: 4,
  });
  const width = readRows(checkpoint, expertName, { axes: ["F", "D"], min: 1 });
  const lookup = new TensorLookup<DraftAxis | "X+2">(checkpoint, {
    model: drafterText("a Jakiro", config),
    sizes: { ...draftSizes(config, width), "X+2": numGates },
  });
  const layer = takeDraftLayer(lookup, config);
  const moeGate = lookup.take(gateName, ["X+2", "D"]);
  const experts: SwigluTensors[] = [];
  for (let expert = 0; expert < numGates - 2; expert++) {
    experts.push(takeSwiglu(lookup, `${MOE}.experts.${expert}`));
  }
  finishDraft(lookup);
  return { kind: "jakiro", ...layer, moeGate, experts };
}
