/** Training of drafters. @module */

export * from "./draft_shape.ts";
export * from "./draft_trainer.ts";
export * from "./named_tensor.ts";
export * from "./optimizer_recipe.ts";
export * from "./train_batch.ts";
export * from "./train_recipe.ts";
export * from "./trainer.ts";
export * from "./create_draft_trainer.ts";
export * from "./curve_point.ts";
export * from "./default_recipe.ts";
export type { DrafterMeasurement } from "./measure_drafter.ts";
export * from "./train_drafter.ts";
export * from "./train_options.ts";
export * from "./train_progress.ts";
export * from "./train_result.ts";
