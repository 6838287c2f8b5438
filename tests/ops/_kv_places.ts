import { assertClose, F16_ROUNDING } from "./_close.ts";
import type { Elem } from "../../src/gpu/shader.ts";
import { elemArray } from "./_random.ts";
import type { Harness } from "./_harness.ts";
import type { Op } from "../../src/ops/mod.ts";

/**
 * Throws unless an op writes the same keys in another number type, and at the rows' places in the pass, as it does in its
 * own type at their slots.
 *
 * @param harness Device.
 * @param pass What the op works on.
 */
export async function assertKvPlaces(
  harness: Harness,
  pass: {
    readonly elem: Elem;
    /** Slot of each row, of `[0, numSlots)`. */
    readonly slots: readonly number[];
    readonly numSlots: number;
    /** Elements of a slot, `G*E`. */
    readonly slotSize: number;
    /** Keys before, in the order of the rows; default: zeros. */
    readonly before?: Float32Array<ArrayBuffer>;
    readonly bind: (
      to: {
        readonly k: GPUBuffer;
        readonly kvElem?: Elem;
        readonly isByRow?: boolean;
      },
    ) => Op;
  },
): Promise<void> {
  const { elem, slots, numSlots, slotSize, before } = pass;
  const write = async (
    kvElem: Elem,
    isByRow: boolean,
  ): Promise<Float32Array> => {
    const all = new Float32Array(numSlots * slotSize);
    const place = (row: number): number =>
      (isByRow ? row : slots[row] ?? NaN) * slotSize;
    slots.forEach((_, row) => {
      const own = before?.subarray(row * slotSize, (row + 1) * slotSize);
      all.set(own ?? [], place(row));
    });
    const k = harness.upload(elemArray(kvElem, all));
    const op = pass.bind({
      k,
      ...kvElem === elem ? {} : { kvElem },
      ...isByRow ? { isByRow } : {},
    });
    await harness.run(() => op(slots.length));
    const read = await harness.read(k, elemArray(kvElem, all));
    return Float32Array.from(slots.flatMap((_, row) => [
      ...read.subarray(place(row), place(row) + slotSize),
    ]));
  };
  const expected = await write(elem, false);
  for (const kvElem of harness.elems) {
    for (const isByRow of [false, true]) {
      assertClose(await write(kvElem, isByRow), expected, {
        // Both may have been rounded to f16, which WGSL leaves open in which direction; subnormal numbers by as much.
        relative: kvElem === "f32" && elem === "f32" ? 0 : 4 * F16_ROUNDING,
        absolute: kvElem === "f32" && elem === "f32" ? 0 : 2 ** -22,
        label: `${kvElem}, ${isByRow ? "by row" : "by slot"}`,
      });
    }
  }
}
