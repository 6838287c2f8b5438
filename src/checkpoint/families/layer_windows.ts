import type { ConfigFields } from "../config_fields.ts";

const WINDOW = { min: 1, max: 2 ** 31 };
const TYPES = ["full_attention", "sliding_attention"];

/**
 * Reads how many positions a window has.
 *
 * @param fields The configuration.
 * @returns Positions, a row's own included, or null where there is no window.
 */
export function readWindow(fields: ConfigFields): number | null {
  return fields.optionalInteger("sliding_window", WINDOW);
}

/**
 * Says which layers have a window: those that `layer_types` calls so, where it is there.
 *
 * @param fields The configuration.
 * @param options Layers, positions of a window or null, and, where the file does not say, whether a layer has one.
 * @returns Positions that each layer attends to; null: all.
 * @throws {TypeError | RangeError} The list is of another type or length, or names another kind of layer.
 */
export function readLayerWindows(
  fields: ConfigFields,
  options: {
    readonly numHiddenLayers: number;
    readonly window: number | null;
    readonly isLocal: (layer: number) => boolean;
  },
): readonly (number | null)[] {
  const { numHiddenLayers, window } = options;
  const types = fields.optionalStrings("layer_types");
  const isListed = types === null || types.length === numHiddenLayers &&
      types.every((type) => TYPES.includes(type));
  if (!isListed) {
    fields.failRange(
      "layer_types",
      `a list of ${numHiddenLayers}, each ${TYPES.join(" or ")}`,
    );
  }
  return Array.from({ length: numHiddenLayers }, (_, layer) => {
    const isLocal = types === null
      ? options.isLocal(layer)
      : types[layer] === "sliding_attention";
    return isLocal ? window : null;
  });
}
