/**
 * Model files: Hugging Face directories with safetensors weights, and drafters' with PyTorch's too, and
 * GGUF files, read and checked; nothing here knows a GPU.
 *
 * @module
 */

export {
  BLOCK_SIZES,
  type BlockFormat,
  type BlockSize,
  isBlockFormat,
} from "./block_format.ts";
export { type Checkpoint, openCheckpoint } from "./checkpoint.ts";
export { type ModelConfig, parseModelConfig } from "./config.ts";
export { countStored, type StoredCount } from "./count_stored.ts";
export { ConfigFields, type NumberRange } from "./config_fields.ts";
export {
  type DraftCheckpoint,
  openDraftCheckpoint,
} from "./draft_checkpoint.ts";
export { type DraftConfig } from "./draft_config.ts";
export {
  type DraftAttentionTensors,
  type DraftLayerTensors,
  type SwigluTensors,
} from "./draft_layer.ts";
export {
  type DraftTarget,
  type DraftTensors,
  resolveDraftTensors,
} from "./draft_tensors.ts";
export { type Dtype, type FloatDtype } from "./dtype.ts";
export { type Eagle3Tensors } from "./eagle3_tensors.ts";
export { type EagleTensors } from "./eagle_tensors.ts";
export { type GenerationDefaults } from "./generation_config.ts";
export {
  type JakiroStarExpertTensors,
  type JakiroStarTensors,
} from "./jakiro_star_tensors.ts";
export { type JakiroTensors } from "./jakiro_tensors.ts";
export {
  type CachedModel,
  type HubSettings,
  type HubSpec,
  isGgufUrl,
  isHubSpec,
  isPulled,
  listModels,
  type ModelPreview,
  parseHubSpec,
  previewModel,
  previewUrl,
  type PullOptions,
  type PullProgress,
  readHubSettings,
  removeModel,
  resolveModel,
  type ResolveModelOptions,
  urlRepo,
} from "./hub/mod.ts";
export { type JsonObject, type JsonValue } from "./json.ts";
export { readJsonFile } from "./json_file.ts";
export {
  listWeights,
  type LlamaLayerTensors,
  type NetworkTensors,
} from "./llama_layer.ts";
export { type LlamaTensors, resolveLlamaTensors } from "./llama_tensors.ts";
export {
  type Activation,
  type ExpertsConfig,
  type FamilyFeatures,
} from "./families/family.ts";
export { isRemote } from "./remote_file.ts";
export { pathExists } from "./path_exists.ts";
export { type RopeConfig, type RopeScaling } from "./rope_scaling.ts";
export {
  readSafetensorsFile,
  type SafetensorsContent,
} from "./read_safetensors_file.ts";
export {
  type TensorToWrite,
  writeSafetensors,
  type WriteSafetensorsOptions,
} from "./safetensors_writer.ts";
export { isGguf } from "./source_path.ts";
export { type TensorEntry } from "./tensor_entry.ts";
export {
  openTensorFiles,
  type ReadTensorOptions,
  type TensorFiles,
} from "./tensor_files.ts";
export {
  TensorLookup,
  type TensorLookupOptions,
  type WeightEntry,
} from "./tensor_lookup.ts";
export { writeTextFile } from "./write_text_file.ts";
