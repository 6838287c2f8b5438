import type { DraftConfig } from "../checkpoint/mod.ts";

/** Kinds of drafters that can be trained. */
export type TrainedKind = "jakiro" | "jakiro_star" | "eagle";

/** What a drafter to train looks like. */
export interface DraftShape extends
  Pick<
    DraftConfig,
    | "vocabSize"
    | "hiddenSize"
    | "numAttentionHeads"
    | "numKeyValueHeads"
    | "headDim"
    | "rmsNormEps"
    | "ropeTheta"
    | "ropeScaling"
    | "bias"
  > {
  /** Which feed-forward network it has. */
  readonly kind: TrainedKind;
  /** `F`, the width inside each feed-forward network; upstream's Jakiro has `D`. */
  readonly intermediateSize: number;
  /** `X`: two or more for Jakiro, two for Jakiro*, one for EAGLE. */
  readonly numExperts: number;
}
