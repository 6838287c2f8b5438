import type { TensorEntry } from "../checkpoint/mod.ts";

/**
 * Says where stored rows go, which may be in another order than the tensor's.
 *
 * @param entry The tensor.
 * @param rowMap Where each of its rows goes.
 * @returns Where each row goes in the order in which they are stored.
 */
export function storedRowMap(
  { pairedHeadDim: headDim }: Pick<TensorEntry, "pairedHeadDim">,
  rowMap: Uint32Array<ArrayBuffer>,
): Uint32Array<ArrayBuffer> {
  if (headDim === undefined) return rowMap;
  return rowMap.map((_, stored) => {
    const inHead = stored % headDim;
    const row = stored - inHead + (inHead % 2) * (headDim / 2) +
      Math.floor(inHead / 2);
    return rowMap[row] ?? 0;
  });
}
