import type { TensorEntry } from "./tensor_entry.ts";
import type { TensorFiles } from "./tensor_files.ts";

/** How much a checkpoint stores. */
export interface StoredCount {
  /** Numbers in all tensors, each counted once. */
  readonly numParameters: number;
  /** Bytes of all tensors by the type in which they are stored. */
  readonly storedBytes: Readonly<Partial<Record<TensorEntry["dtype"], number>>>;
}

/**
 * Counts what a checkpoint's tensors hold.
 *
 * @param files The checkpoint.
 * @returns Numbers and bytes.
 */
export function countStored(files: Pick<TensorFiles, "tensors">): StoredCount {
  const storedBytes: Partial<Record<TensorEntry["dtype"], number>> = {};
  let numParameters = 0;
  for (const { dtype, shape, sizeBytes } of files.tensors.values()) {
    storedBytes[dtype] = (storedBytes[dtype] ?? 0) + sizeBytes;
    numParameters += shape.reduce((product, size) => product * size, 1);
  }
  return { numParameters, storedBytes };
}
