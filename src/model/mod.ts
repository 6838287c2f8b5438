/** Decoder layers, target and cache on the device. @module */

export * from "./identity_map.ts";
export * from "./kv_cache.ts";
export * from "./matrix_part.ts";
export * from "./memory.ts";
export * from "./rope_table.ts";
export * from "./target.ts";
export * from "./workspace.ts";
export * from "./weight_uploader.ts";
export * from "./quantization.ts";
