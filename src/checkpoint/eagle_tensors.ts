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
import { TensorLookup } from "./tensor_lookup.ts";

/** All tensors of an EAGLE drafter, the same for EAGLE-1 and EAGLE-2. */
export interface EagleTensors extends DraftLayerTensors, SwigluTensors {
  /** Tells it from other drafters. */
  readonly kind: "eagle";
}

const MLP = "layers.0.mlp";

/**
 * Finds the tensors of an EAGLE drafter, and checks that there are no others.
 *
 * Source: arXiv 2401.15077 and 2406.16858.
 *
 * @throws {ReferenceError} A tensor is missing.
 * @throws {TypeError} A tensor's elements are not F32, F16 or BF16.
 * @throws {RangeError} A tensor has another shape, or is none of an EAGLE drafter.
 */
export function resolveEagleTensors(checkpoint: DraftCheckpoint): EagleTensors {
  const { config } = checkpoint;
  const name = `${MLP}.gate_proj.weight`;
  const width = readRows(checkpoint, name, { axes: ["F", "D"], min: 1 });
  const lookup = new TensorLookup<DraftAxis>(checkpoint, {
    model: drafterText("an EAGLE", config),
    sizes: draftSizes(config, width),
  });
  const layer = takeDraftLayer(lookup, config);
  const network = takeSwiglu(lookup, MLP);
  finishDraft(lookup);
  return { kind: "eagle", ...layer, ...network };
}
