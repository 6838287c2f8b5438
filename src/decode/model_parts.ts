import type { ChatTemplate, Tokenizer } from "../text/mod.ts";
import type { Drafting } from "./drafting.ts";
import type { GearPolicy } from "./gears.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { SamplingDefaults } from "./sampling_params.ts";
import type { Session } from "./session.ts";
import type { Target } from "../model/mod.ts";
import type { Warmth } from "./warmth.ts";

/** What a model is made of. */
export interface ModelParts {
  /** Device; freed with the model. */
  readonly gpu: Gpu;
  /** The network. */
  readonly target: Target;
  /** Who drafts, and trees of what shape, or null. */
  readonly drafting: Drafting | null;
  /** Chooses the shape of trees. */
  readonly policy: GearPolicy;
  /** Between text and ids. */
  readonly tokenizer: Tokenizer;
  /** From messages to text, or null where the model has none. */
  readonly chatTemplate: ChatTemplate | null;
  /** How the model's makers sample from it. */
  readonly samplingDefaults: SamplingDefaults;
  /** A first session, ready for use. */
  readonly session: Session;
  /** Most sessions. */
  readonly maxSessions: number;
  /** Milliseconds that its kernels took to compile. */
  readonly compileMs: number;
  /** Which of them are compiled. */
  readonly warmth: Warmth;
}
