import type { CacheFormat } from "../ops/mod.ts";
import type { Elem } from "../gpu/shader.ts";
import type { Gpu } from "../gpu/gpu.ts";

/**
 * Chooses how keys and values are stored.
 *
 * @param gpu Device.
 * @param kvCache What the caller wants; `auto`, or nothing, takes the model's number type.
 * @param elem Number type of weights and activations.
 * @returns The format of caches.
 * @throws {TypeError} If there is no such format, or the adapter lacks its number type.
 */
export function resolveCacheFormat(
  gpu: Pick<Gpu, "hasF16" | "adapter">,
  kvCache: unknown,
  elem: Elem,
): CacheFormat {
  switch (kvCache) {
    case undefined:
    case "auto":
      return elem;
    case "f32":
    case "q8":
      return kvCache;
    case "f16":
      if (gpu.hasF16) return kvCache;
      throw new TypeError(
        `Cannot store the KV cache in f16 as the adapter must have shader-f16: ${gpu.adapter.name} has not`,
      );
  }
  throw new TypeError(
    `Cannot load the model as "kvCache" must be auto, f32, f16 or q8: ${
      String(kvCache)
    }`,
  );
}
