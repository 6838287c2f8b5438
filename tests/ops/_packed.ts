import type { Elem } from "../../src/gpu/shader.ts";
import type { PackedMatrix } from "../../src/ops/mod.ts";
import { at } from "../reference/lib/at.ts";
import type { Harness } from "./_harness.ts";
import { type ElemArray, elemArray } from "./_random.ts";

/** Sizes of a matrix and how it is cut into slices. */
export interface PackedShape {
  readonly elem: Elem;
  /** Rows of the packed matrix. */
  readonly M: number;
  /** Columns, a multiple of 4. */
  readonly K: number;
  /** Rows of each slice but the last, a multiple of 32; default: one slice. */
  readonly sliceRows?: number | undefined;
  /** Packed row for each row; default: the same. */
  readonly rowMap?: ArrayLike<number>;
}

/**
 * Packs a matrix on the CPU: `[ceil(rows/32), K, 32]` a slice, rows that none maps to zero.
 *
 * @param harness Device.
 * @param values `[rows, K]`.
 * @param shape Sizes, slices, order of the rows.
 * @returns The matrix.
 */
export function packMatrix(
  harness: Harness,
  values: ElemArray,
  shape: PackedShape,
): PackedMatrix {
  const { elem, M, K, rowMap } = shape;
  const sliceRows = shape.sliceRows ?? Math.ceil(M / 32) * 32;
  const blocks = elemArray(elem, new Float32Array(Math.ceil(M / 32) * 32 * K));
  for (let row = 0; row < values.length / K; row++) {
    const m = rowMap === undefined ? row : at(rowMap, row);
    for (let k = 0; k < K; k++) {
      blocks[(Math.floor(m / 32) * K + k) * 32 + m % 32] = at(
        values,
        row * K + k,
      );
    }
  }
  const slices = Array.from(
    { length: Math.ceil(M / sliceRows) },
    (_, index) => {
      const firstRow = index * sliceRows;
      const end = (firstRow + sliceRows) * K;
      return {
        buffer: harness.upload(blocks.subarray(firstRow * K, end)),
        firstRow,
        numRows: Math.min(sliceRows, M - firstRow),
        format: elem,
      };
    },
  );
  return { label: "w", numRows: M, numCols: K, elem, slices };
}
