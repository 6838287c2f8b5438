/** The decoding core that all front ends share. @module */

export type {
  ChatOptions,
  Chunk,
  GenerateOptions,
  GenerateStatistics,
  RoundStatistics,
  SamplingOptions,
  StopReason,
  TokenLogProb,
} from "./options.ts";
export {
  DEFAULT_CONTEXT_LENGTH,
  DEFAULT_MODEL,
  loadModel,
  type LoadOptions,
  type LoadProgress,
} from "./load_model.ts";
export type { RoundMs } from "./round_clock.ts";
export type { Model } from "./model.ts";
export { GpuError, type GpuErrorKind } from "../gpu/gpu_error.ts";
export type { Elem } from "../gpu/shader.ts";
export {
  type ChatMessage,
  ChatTemplate,
  type DecodeOptions,
  type EncodeChatOptions,
  type EncodeOptions,
  type Grammar,
  type RenderOptions,
  Tokenizer,
  type ToolCall,
} from "../text/mod.ts";
export type {
  Activation,
  ExpertsConfig,
  FamilyFeatures,
  ModelConfig,
  RopeConfig,
  RopeScaling,
} from "../checkpoint/mod.ts";
export type { DraftTree, TreeNode } from "./draft_tree.ts";
export type { DrafterKind, TreeOptions } from "../draft/mod.ts";
export type { CacheFormat } from "../ops/mod.ts";
export type { Quantization } from "../model/mod.ts";
