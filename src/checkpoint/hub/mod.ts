/** Models from the Hugging Face Hub and from servers, kept in the cache that the Hub's tools share. */

export { type HubSettings, readHubSettings } from "./hub_settings.ts";
export { type HubSpec, isHubSpec, parseHubSpec } from "./model_spec.ts";
export { type CachedModel, listModels } from "./list_models.ts";
export type { ModelPreview } from "./create_preview.ts";
export { previewModel } from "./preview_model.ts";
export { previewUrl } from "./preview_url.ts";
export { isGgufUrl, urlRepo } from "./pull_url.ts";
export { type PullOptions, type PullProgress } from "./pull_model.ts";
export { removeModel } from "./remove_model.ts";
export {
  isPulled,
  resolveModel,
  type ResolveModelOptions,
} from "./resolve_model.ts";
