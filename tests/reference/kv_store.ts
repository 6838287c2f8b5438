// Of each run of 32 elements of a row's keys, and of its values: d = max |x| / 127, q = round(x / d), at the row's slot.

import { at, type Floats } from "./lib/at.ts";
import { type CacheQ8Shape, runsOf } from "./lib/cache_q8.ts";
import { readRows } from "./lib/rows.ts";

/**
 * CPU twin of `kernels/kv_store.wgsl`.
 *
 * @param bindings The kernel's bindings; `k` and `v` are written.
 * @param constants The kernel's constants.
 */
export function kvStore(
  bindings: {
    readonly rows: Uint32Array;
    readonly keys: Floats;
    readonly values: Floats;
    readonly k: Uint32Array<ArrayBuffer>;
    readonly v: Uint32Array<ArrayBuffer>;
  },
  constants: CacheQ8Shape,
): void {
  const { rows, keys, values, k, v } = bindings;
  const rowSize = constants.NUM_KV_HEADS * constants.HEAD_DIM;
  readRows(rows).row.forEach(({ slot }, t) => {
    for (const [from, to] of [[keys, k], [values, v]] as const) {
      const view = new DataView(to.buffer);
      for (const run of runsOf(constants, slot)) {
        const first = t * rowSize + run.element - slot * rowSize;
        const x = Array.from(
          { length: run.length },
          (_, i) => at(from, first + i),
        );
        const d = Math.max(...x.map(Math.abs)) / 127;
        view.setFloat32(run.scaleAt, d, true);
        x.forEach((value, i) => {
          const quant = d === 0 ? 0 : Math.round(value / d);
          view.setInt8(run.firstAt + i, quant);
        });
      }
    }
  });
}
