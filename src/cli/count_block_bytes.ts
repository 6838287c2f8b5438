import { type Checkpoint, isBlockFormat } from "../checkpoint/mod.ts";
import type { Elem } from "../gpu/shader.ts";
import { packedBytes } from "../model/mod.ts";

/**
 * Counts what matrices take on the device whose file stores some in blocks.
 *
 * @param checkpoint The file.
 * @param elem How the others are stored on the device.
 * @returns Bytes; undefined where none is in blocks.
 */
export function countBlockBytes(
  { tensors }: Pick<Checkpoint, "tensors">,
  elem: Elem,
): number | undefined {
  const matrices = [...tensors.values()].filter(({ shape }) =>
    shape.length > 1
  );
  if (!matrices.some(({ dtype }) => isBlockFormat(dtype))) return undefined;
  return matrices.reduce((sum, { dtype, shape }) => {
    const numCols = shape.at(-1) ?? 0;
    const numRows = shape.slice(0, -1).reduce((a, b) => a * b, 1);
    const format = isBlockFormat(dtype) ? dtype : elem;
    return sum + packedBytes({ numRows, numCols }, format);
  }, 0);
}
