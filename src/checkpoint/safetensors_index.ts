import { describeJson, type JsonObject } from "./json.ts";
import { quote } from "./quote.ts";

// No separator, so that a name cannot lead out of the directory.
// deno-lint-ignore no-control-regex
const SHARD_NAME = /^[^/\\:\x00-\x1f]+\.safetensors$/;

/**
 * Reads the object in a `model.safetensors.index.json`, which says what shard holds each tensor.
 *
 * @param json The file's content.
 * @param file The file, as error messages name it.
 * @returns The name of a file in the same directory, by tensor name.
 * @throws {TypeError} There is no map from names to names.
 * @throws {RangeError} It is empty, or a target is not a plain file name.
 */
export function parseSafetensorsIndex(
  json: JsonObject,
  file: string,
): ReadonlyMap<string, string> {
  const weightMap = json.get("weight_map");
  const start = `Cannot read ${quote(file)} as`;
  if (!(weightMap instanceof Map)) {
    throw new TypeError(
      `${start} its weight_map must be an object: found ${
        describeJson(weightMap)
      }`,
    );
  }
  const shards = new Map<string, string>();
  for (const [name, shard] of weightMap) {
    const rule = `${quote(name)} must be in a .safetensors file beside it`;
    const found = describeJson(shard);
    if (typeof shard !== "string") {
      throw new TypeError(`${start} ${rule}: found ${found}`);
    }
    if (!SHARD_NAME.test(shard)) {
      throw new RangeError(`${start} ${rule}: found ${found}`);
    }
    shards.set(name, shard);
  }
  if (shards.size > 0) return shards;
  throw new RangeError(`${start} its weight_map must name tensors: found none`);
}
