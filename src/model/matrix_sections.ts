import type { MatrixPart } from "./matrix_part.ts";
import {
  blockCols,
  type MatrixSection,
  PACK_ROWS,
  type WeightFormat,
} from "../ops/mod.ts";

/** Rows of a packed matrix that a part fills. */
interface Range {
  readonly first: number;
  readonly end: number;
  readonly format: WeightFormat;
}

/**
 * Says how the rows of a matrix are stored that is put together from parts: as the parts wish, where those that are stored
 * otherwise lie apart, at whole blocks of rows.
 *
 * @param parts The parts, and how each wishes to be stored.
 * @param shape Rows of the whole, and how those are stored whose wishes cannot be met.
 * @returns The sections.
 */
export function matrixSections(
  parts: readonly {
    readonly rowMap: MatrixPart["rowMap"];
    readonly wish: WeightFormat;
  }[],
  shape: {
    readonly numRows: number;
    readonly numCols: number;
    readonly fallback: WeightFormat;
  },
): readonly MatrixSection[] {
  const { numRows, numCols, fallback } = shape;
  const ranges = joinOverlapping(
    parts.map(({ rowMap, wish }) => ({
      first: rowMap.reduce((a, b) => Math.min(a, b), Infinity),
      end: 1 + rowMap.reduce((a, b) => Math.max(a, b), -1),
      format: wish,
    })),
  );
  const whole = [{ numRows, format: fallback }];
  if (ranges === null) return whole;
  const sections: { numRows: number; format: WeightFormat }[] = [];
  let first = 0;
  for (const [index, { format }] of ranges.entries()) {
    // What no part fills belongs to the section before it.
    const end = ranges[index + 1]?.first ?? numRows;
    const last = sections.at(-1);
    if (last?.format === format) last.numRows += end - first;
    else if (first % PACK_ROWS !== 0) return whole;
    else sections.push({ numRows: end - first, format });
    if (numCols % blockCols(format) !== 0) return whole;
    first = end;
  }
  return sections;
}

/** Ranges in order, or null where some overlap that are stored differently. */
function joinOverlapping(ranges: readonly Range[]): readonly Range[] | null {
  const joined: Range[] = [];
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const last = joined.at(-1);
    if (last === undefined || range.first >= last.end) {
      joined.push(range);
      continue;
    }
    if (range.format !== last.format) return null;
    joined[joined.length - 1] = {
      ...last,
      end: Math.max(last.end, range.end),
    };
  }
  return joined;
}
