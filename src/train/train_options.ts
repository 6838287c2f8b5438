import type { Elem } from "../decode/mod.ts";
import type { TrainBackend } from "./trainer.ts";
import type { TrainedKind } from "./draft_shape.ts";
import type { TrainProgress } from "./train_progress.ts";
import type { TrainRecipe } from "./train_recipe.ts";

/** Options of {@linkcode trainDrafter}. */
export interface TrainOptions {
  /** Directory of the target, in Hugging Face form, or `hf:org/name[@revision]`. */
  readonly model: string | URL;
  /** Directory for the drafter; made where there is none. */
  readonly out: string;
  /** Kind of drafter. Default: `jakiro`. */
  readonly kind?: TrainedKind;
  /** Experts of a Jakiro drafter. Default: 2. */
  readonly numExperts?: number;
  /** Width inside each expert. Default: the hidden size for Jakiro, else the target's. */
  readonly intermediateSize?: number;
  /** Directory, or name on the Hub, of a drafter of the same shape whose weights it begins with. Default: random ones. */
  readonly init?: string | URL;
  /** Files of texts and conversations. Default: the target writes what it is trained on. */
  readonly data?: readonly string[];
  /** File of prompts that the target's own texts begin with. Default: the token that begins a text. */
  readonly prompts?: string;
  /** Tokens that the target writes. Default: 2 million. */
  readonly numTokens?: number;
  /** Sequences of a step. Default: 32. */
  readonly numSequences?: number;
  /** Tokens of a sequence. Default: 256, or what the model was made for. */
  readonly length?: number;
  /** Of first weights, noise, order and of what is written. Default: 0. */
  readonly seed?: number;
  /** Hyper-parameters that differ from {@linkcode defaultRecipe}. */
  readonly recipe?: Partial<TrainRecipe>;
  /** Steps from one measurement on held-out text to the next. Default: a sixtieth of all. */
  readonly evaluateEvery?: number;
  /** Steps from one checkpoint to the next. Default: 200. */
  readonly saveEvery?: number;
  /** Goes on with the training that `out` holds. */
  readonly isResuming?: boolean;
  /** Number type in which the target runs. Default: `auto`. */
  readonly dtype?: "auto" | Elem;
  /** Where gradients are computed. Default: `auto`, what makes a step faster. */
  readonly backend?: "auto" | TrainBackend;
  /** Ends the training after the step being made, which is saved. */
  readonly signal?: AbortSignal;
  /** Called as the work goes on. */
  readonly onProgress?: (progress: TrainProgress) => void;
}
