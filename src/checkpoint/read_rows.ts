import { quote } from "./quote.ts";
import type { TensorFiles } from "./tensor_files.ts";

/**
 * Rows of a matrix, a size that nothing but the tensor says.
 *
 * @returns 1 when there is no such tensor, which the lookup will say.
 * @throws {RangeError} It is no matrix, or has too few rows.
 */
export function readRows(
  files: Pick<TensorFiles, "tensors">,
  name: string,
  { axes: [rowAxis, columnAxis], min }: {
    readonly axes: readonly [string, string];
    readonly min: number;
  },
): number {
  const entry = files.tensors.get(name);
  if (entry === undefined) return 1;
  const [rows = 0, ...columns] = entry.shape;
  if (rows >= min && columns.length === 1) return rows;
  throw new RangeError(
    `Cannot load ${quote(name)} from ${
      quote(entry.file)
    } as its shape must be [${rowAxis}, ${columnAxis}], ${rowAxis} at least ${min}: found [${
      entry.shape.join(", ")
    }]`,
  );
}
