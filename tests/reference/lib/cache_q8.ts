// A cache of 8 bits, as `kernels/lib/cache_q8.wgsl` lays it out: of each head of a slot an f32 scale for every 32 elements, the
// last of them perhaps fewer, and behind all scales the elements, a byte each; slots are padded to whole words of 8 bytes.

/** Sizes of a cache. */
export interface CacheQ8Shape {
  readonly NUM_KV_HEADS: number;
  readonly HEAD_DIM: number;
}

/** A run of elements that share a scale, as it lies in a cache. */
export interface CacheRun {
  /** Byte of its scale. */
  readonly scaleAt: number;
  /** Byte of its first element. */
  readonly firstAt: number;
  /** First element, in `[S, G, E]`. */
  readonly element: number;
  /** Elements. */
  readonly length: number;
}

/** @returns Bytes of a slot. */
export function slotBytes(shape: CacheQ8Shape): number {
  return Math.ceil(shape.NUM_KV_HEADS * headBytes(shape) / 8) * 8;
}

/** Lists the runs of a slot. */
export function runsOf(shape: CacheQ8Shape, slot: number): CacheRun[] {
  const { NUM_KV_HEADS: G, HEAD_DIM: E } = shape;
  const runs: CacheRun[] = [];
  for (let g = 0; g < G; g++) {
    const head = slot * slotBytes(shape) + g * headBytes(shape);
    const elements = head + 4 * Math.ceil(E / 32);
    for (let first = 0; first < E; first += 32) {
      runs.push({
        scaleAt: head + first / 8,
        firstAt: elements + first,
        element: (slot * G + g) * E + first,
        length: Math.min(32, E - first),
      });
    }
  }
  return runs;
}

/** @returns The numbers that a cache holds, `[S, G, E]`. */
export function readCacheQ8(
  words: Uint32Array<ArrayBuffer>,
  shape: CacheQ8Shape,
): Float32Array<ArrayBuffer> {
  const numSlots = Math.floor(words.byteLength / slotBytes(shape));
  const view = new DataView(words.buffer);
  const { NUM_KV_HEADS: G, HEAD_DIM: E } = shape;
  const numbers = new Float32Array(numSlots * G * E);
  for (let slot = 0; slot < numSlots; slot++) {
    for (const { scaleAt, firstAt, element, length } of runsOf(shape, slot)) {
      const scale = view.getFloat32(scaleAt, true);
      for (let i = 0; i < length; i++) {
        numbers[element + i] = view.getInt8(firstAt + i) * scale;
      }
    }
  }
  return numbers;
}

function headBytes({ HEAD_DIM: E }: CacheQ8Shape): number {
  return 4 * Math.ceil(E / 32) + E;
}
