import { openTensorFiles } from "../../src/checkpoint/tensor_files.ts";
import { floatValues } from "../../src/model/float_values.ts";
import type { NamedTensor } from "../../src/train/named_tensor.ts";
import type { DraftShape } from "../../src/train/draft_shape.ts";

/** The target and the drafter of random weights that upstream's code ran. */
export const GOLDEN = new URL("../golden/upstream_random/", import.meta.url);

/** That drafter. */
export const GOLDEN_SHAPE: DraftShape = {
  kind: "jakiro",
  vocabSize: 160,
  hiddenSize: 48,
  intermediateSize: 48,
  numExperts: 2,
  numAttentionHeads: 6,
  numKeyValueHeads: 3,
  headDim: 8,
  rmsNormEps: 1e-5,
  ropeTheta: 10000,
  ropeScaling: null,
  bias: true,
};

/** Reads the tensors of a directory. */
export async function readTensors(
  directory: URL,
): Promise<Map<string, NamedTensor>> {
  using files = await openTensorFiles(directory.pathname);
  const tensors = new Map<string, NamedTensor>();
  for (const [name, entry] of files.tensors) {
    const { dtype, shape, sizeBytes } = entry;
    if (dtype !== "F32" && dtype !== "F16") continue;
    const into = new Uint8Array(sizeBytes);
    await files.readTensorBytes(entry, { startBytes: 0, into });
    tensors.set(name, { shape, values: floatValues(into, dtype) });
  }
  return tensors;
}

/** Numbers of one tensor. */
export function valuesOf(
  tensors: ReadonlyMap<string, NamedTensor>,
  name: string,
): Float32Array<ArrayBuffer> {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new ReferenceError(`no tensor ${name}`);
  return tensor.values;
}
