/** How parameters follow their gradients: AdamW with a schedule and a clip. */
export interface OptimizerRecipe {
  /** The schedule's peak. */
  readonly learningRate: number;
  /** Decay of the first moment. */
  readonly beta1: number;
  /** Decay of the second moment. */
  readonly beta2: number;
  /** Added to the root of the second moment. */
  readonly epsilon: number;
  /** Decoupled from the gradient, and multiplied by the learning rate. */
  readonly weightDecay: number;
  /** Whether weight decay spares norms and biases. */
  readonly decaysMatricesOnly: boolean;
  /** Steps over which the learning rate rises from 0 to its peak. */
  readonly warmupSteps: number;
  /** Steps after which `cosine` and `linear` end at 0. */
  readonly totalSteps: number;
  /** What the learning rate does after the warm-up. */
  readonly schedule: "cosine" | "linear" | "constant";
  /** Bound of each element of a gradient; null for none. */
  readonly clipValue: number | null;
  /** Bound of the norm of all gradients together; null for none. */
  readonly clipNorm: number | null;
}
