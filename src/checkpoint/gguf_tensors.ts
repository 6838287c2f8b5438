import type { GgufFamily } from "./gguf_family.ts";
import { ggufExpertNames, ggufTensorName } from "./gguf_names.ts";
import { entryMessage, type TensorEntry } from "./tensor_entry.ts";

/** Tensors that the configuration has taken up. */
const ROPE_TENSOR = /^rope_(?:freqs|factors_(?:short|long))\.weight$/;
const PAIRED_TENSOR = /\.self_attn\.[qk]_proj\.(?:weight|bias)$/;

/**
 * Names a GGUF file's tensors as Hugging Face's code does: those of experts apart, and with the
 * order of their rows.
 *
 * @param tensors By the file's own names.
 * @param options How files of the architecture differ from others, and the size of a head.
 * @returns By Hugging Face's names; one that is unknown keeps its name.
 * @throws {RangeError} Two tensors have the same name then.
 */
export function ggufTensors(
  tensors: ReadonlyMap<string, TensorEntry>,
  { family, headDim }: {
    readonly family: GgufFamily;
    readonly headDim: number;
  },
): Map<string, TensorEntry> {
  const named = new Map<string, TensorEntry>();
  for (const stored of tensors.values()) {
    if (ROPE_TENSOR.test(stored.name)) continue;
    for (const entry of splitExperts(stored, family.layerNames ?? {})) {
      if (named.has(entry.name)) {
        throw new RangeError(entryMessage(stored, {
          rule: `it alone must be ${entry.name}`,
          found: "another that is",
        }));
      }
      const isPaired = family.hasPairedRows === true &&
        PAIRED_TENSOR.test(entry.name);
      named.set(
        entry.name,
        isPaired ? { ...entry, pairedHeadDim: headDim } : entry,
      );
    }
  }
  return named;
}

function splitExperts(
  entry: TensorEntry,
  layerNames: Readonly<Record<string, string>>,
): readonly TensorEntry[] {
  const nameOf = ggufExpertNames(entry.name);
  const [numExperts = 0, ...shape] = entry.shape;
  if (nameOf === null || shape.length !== 2) {
    return [{ ...entry, name: ggufTensorName(entry.name, layerNames) }];
  }
  const sizeBytes = entry.sizeBytes / numExperts;
  return Array.from({ length: numExperts }, (_, expert) => ({
    ...entry,
    name: nameOf(expert),
    shape,
    startBytes: entry.startBytes + expert * sizeBytes,
    sizeBytes,
  }));
}
