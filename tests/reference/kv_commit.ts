// cache[l, base + i] = cache[l, base + node[i]] for i from 1 to count - 1, in every part l: as it was before.

import { at } from "./lib/at.ts";
import { COMMITTED } from "./lib/committed.ts";

/**
 * CPU twin of `kernels/kv_commit.wgsl`.
 *
 * @param bindings The kernel's bindings; `cache` is written.
 * @param constants The kernel's constants.
 */
export function kvCommit(
  bindings: { readonly committed: Uint32Array; readonly cache: Uint32Array },
  constants: { readonly SIZE: number; readonly STRIDE: number },
): void {
  const { committed, cache } = bindings;
  const { SIZE, STRIDE } = constants;
  const before = cache.slice();
  const base = at(committed, COMMITTED.base);
  for (let part = 0; part < cache.length; part += STRIDE) {
    for (let i = 1; i < at(committed, COMMITTED.count); i++) {
      const from = part + (base + at(committed, COMMITTED.node + i)) * SIZE;
      const to = part + (base + i) * SIZE;
      cache.set(before.subarray(from, from + SIZE), to);
    }
  }
}
