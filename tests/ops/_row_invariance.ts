import { assert } from "@std/assert";
import type { Dispatch } from "../../src/gpu/dispatch.ts";
import {
  type MatmulVariant,
  MAX_ROW_TILE,
  rowTableBytes,
} from "../../src/ops/mod.ts";
import { type Row, rowWords } from "../reference/lib/rows.ts";
import type { Harness, Words } from "./_harness.ts";

/** A kernel's pass, row by row. */
export interface RowPass {
  /** The row table. */
  readonly rows: GPUBuffer;
  /** The rows; where `isBySlot` is used, no two with the same slot. */
  readonly row: readonly Row[];
  /** What each row reads: a buffer, and its values for all rows, those of a second branch behind the others. */
  readonly inputs: readonly {
    readonly buffer: GPUBuffer;
    readonly values: Words;
    readonly numBranches?: 1 | 2;
  }[];
  /** What each row writes, at its index in the pass or at its slot; a second branch behind all rows. */
  readonly outputs: readonly {
    readonly buffer: GPUBuffer;
    readonly rowBytes: number;
    readonly isBySlot?: boolean;
    readonly numBranches?: 1 | 2;
  }[];
}

/** Launches of a pass, given the number of rows. */
export type RowLaunches = (numRows: number) => readonly Dispatch[];

/** Every way a matrix kernel's rows and columns are cut, and some in which threads take two blocks of outputs. */
export const VARIANTS: readonly MatmulVariant[] = [
  ...[1, 8, 32].flatMap((GROUPS) =>
    [1, 2, 4, 8].map((TILE) => ({ TILE, SPAN: 1, GROUPS }))
  ),
  { TILE: 1, SPAN: 2, GROUPS: 1 },
  { TILE: 8, SPAN: 2, GROUPS: 1 },
  { TILE: 4, SPAN: 2, GROUPS: 8 },
];

/** Bytes of a row table for 64 rows, and for as many more as the largest tile may look at. */
export const TABLE_BYTES = rowTableBytes(64 + MAX_ROW_TILE);

const ROW_COUNTS = [1, 2, 7, 16, 33, 64];

/**
 * Throws unless every row comes out bit for bit as when the first launches compute it alone, whatever the
 * launches, the number of rows, and its index among them; and unless nothing is written once the generation has
 * ended and there are no rows.
 *
 * @param harness Device.
 * @param pass 64 rows.
 * @param launches Launches by name.
 */
export async function assertRowInvariant(
  harness: Harness,
  pass: RowPass,
  launches: Readonly<Record<string, RowLaunches>>,
): Promise<void> {
  const [first] = Object.values(launches);
  assert(first !== undefined && pass.row.length === 64);
  const singles = pass.row.map((_, id) => [id]);
  const alone = await computeRows(harness, pass, {
    groups: singles,
    list: first,
  });
  // 7 and 64 have no common divisor: each group has different rows, none at its own index.
  const groups = ROW_COUNTS.map((count) =>
    Array.from({ length: count }, (_, i) => (7 * i + count) % 64)
  );
  for (const [name, list] of Object.entries(launches)) {
    const together = await computeRows(harness, pass, { groups, list });
    const expected = groups.flat().map((id) => alone[id]);
    together.forEach((row, index) => {
      const id = groups.flat()[index];
      assert(row === expected[index], `${name}: row ${id} differs`);
    });
  }
  await assertEnds(harness, pass, Object.values(launches));
}

/** Throws unless launches leave every output as it is when the row table counts no rows. */
async function assertEnds(
  harness: Harness,
  pass: RowPass,
  launches: readonly RowLaunches[],
): Promise<void> {
  load(harness, pass, []);
  for (const { buffer } of pass.outputs) {
    harness.write(buffer, new Uint8Array(buffer.size).fill(0xa5));
  }
  for (const list of launches) await harness.run(() => list(8));
  for (const { buffer } of pass.outputs) {
    const bytes = await harness.read(buffer, new Uint8Array(buffer.size));
    assert(bytes.every((byte) => byte === 0xa5), "written without rows");
  }
}

/** Bits of each row of each group, as text. */
async function computeRows(
  harness: Harness,
  pass: RowPass,
  options: { readonly groups: readonly number[][]; readonly list: RowLaunches },
): Promise<string[]> {
  const { groups, list } = options;
  const rowBytes = pass.outputs.reduce(
    (sum, output) => sum + output.rowBytes * (output.numBranches ?? 1),
    0,
  );
  const numBytes = groups.flat().length * rowBytes;
  const collected = harness.empty(numBytes);
  let to = 0;
  for (const ids of groups) {
    load(harness, pass, ids);
    await harness.run(() => list(ids.length));
    const encoder = harness.gpu.device.createCommandEncoder();
    ids.forEach((id, index) => {
      for (const { buffer, rowBytes, isBySlot, ...output } of pass.outputs) {
        const { slot, position } = pass.row[id] ?? { position: 0 };
        const from = isBySlot ? slot ?? position : index;
        for (let branch = 0; branch < (output.numBranches ?? 1); branch++) {
          encoder.copyBufferToBuffer(
            buffer,
            (branch * ids.length + from) * rowBytes,
            collected,
            to,
            rowBytes,
          );
          to += rowBytes;
        }
      }
    });
    harness.gpu.device.queue.submit([encoder.finish()]);
  }
  const bytes = await harness.read(collected, new Uint8Array(numBytes));
  harness.gpu.destroyBuffer(collected);
  return groups.flat().map((_, index) =>
    bytes.subarray(index * rowBytes, (index + 1) * rowBytes).toHex()
  );
}

/** Puts the rows of a group at the beginning of every buffer. */
function load(harness: Harness, pass: RowPass, ids: readonly number[]): void {
  const row = ids.flatMap((id) => pass.row[id] ?? []);
  // Rows that do not count: a kernel that computes them spoils the first row's position.
  const beyond = new Array<Row>(MAX_ROW_TILE)
    .fill(row[0] ?? { token: 0, position: 0 });
  const words = rowWords({ row: [...row, ...beyond], firstLogitRow: 0 });
  words[0] = row.length;
  harness.write(pass.rows, words);
  for (const { buffer, values, numBranches = 1 } of pass.inputs) {
    const bytes = new Uint8Array(values.buffer);
    const rowBytes = bytes.length / (numBranches * pass.row.length);
    const gathered = new Uint8Array(numBranches * ids.length * rowBytes);
    for (let branch = 0; branch < numBranches; branch++) {
      ids.forEach((id, index) => {
        const from = (branch * pass.row.length + id) * rowBytes;
        gathered.set(
          bytes.subarray(from, from + rowBytes),
          (branch * ids.length + index) * rowBytes,
        );
      });
    }
    harness.write(buffer, gathered);
  }
}
