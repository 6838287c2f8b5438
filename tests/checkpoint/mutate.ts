import type { Random } from "./random.ts";
import { joinSafetensors } from "./safetensors_bytes.ts";

/** Values that a field might be filled with by mistake or on purpose. */
const NASTY: readonly unknown[] = [
  ...[
    0,
    1,
    -1,
    2,
    3,
    7,
    1.5,
    1e9,
    2 ** 31,
    2 ** 32,
    2 ** 53,
    1e300,
    -(2 ** 40),
  ],
  ...[null, true, false, "", "8", "F16", "F33", "../x", "a\nb", "\u2028"],
  ...[[], [0], [1, 2], [-1, 4], [2 ** 40, 2 ** 40], [[1]], [null]],
  ...[{}, { a: 1 }, { dtype: "F32" }],
];

/** Flips bits, cuts, lengthens or overwrites bytes in `[0, end)`. */
export function mutateBytes(
  bytes: Uint8Array,
  random: Random,
  { end = bytes.length }: { readonly end?: number } = {},
): Uint8Array<ArrayBuffer> {
  const mutated = new Uint8Array(bytes);
  switch (random.below(6)) {
    case 0:
      return mutated.slice(0, random.below(bytes.length));
    case 1:
      return new Uint8Array([
        ...mutated,
        ...random.bytes(1 + random.below(20)),
      ]);
    case 2: {
      const start = random.below(end);
      return new Uint8Array([
        ...mutated.subarray(0, start),
        ...mutated.subarray(start + 1 + random.below(30)),
      ]);
    }
    case 3:
      mutated.set(random.bytes(Math.min(8, end)), random.below(end - 8));
      return mutated;
    default:
      for (let flip = random.below(3); flip >= 0; flip--) {
        const offset = random.below(end);
        mutated[offset] = (mutated[offset] ?? 0) ^ (1 << random.below(8));
      }
      return mutated;
  }
}

/** Changes a JSON value somewhere: replaces, deletes, doubles, adds or swaps. */
export function mutateJson(value: unknown, random: Random): unknown {
  const copy: unknown = structuredClone(value);
  const places = listPlaces(copy);
  const { holder, key } = random.pick(places);
  const other = random.pick(places);
  const own = Reflect.get(holder, key);
  switch (random.below(7)) {
    case 0:
      Reflect.deleteProperty(holder, key);
      break;
    case 1:
      Reflect.set(holder, `${key}x`, own);
      break;
    case 2:
      Reflect.set(holder, key, Reflect.get(other.holder, other.key));
      Reflect.set(other.holder, other.key, own);
      break;
    case 3:
      if (typeof own === "number") {
        Reflect.set(
          holder,
          key,
          own + random.pick([-1, 1, 4, -4, 0.5, 2 ** 32]),
        );
        break;
      }
      Reflect.set(holder, key, random.pick(NASTY));
      break;
    default:
      Reflect.set(holder, key, random.pick(NASTY));
  }
  // A swap can put a value inside itself.
  try {
    JSON.stringify(copy);
    return copy;
  } catch {
    return mutateJson(value, random);
  }
}

/** Changes a JSON text: as `mutateJson`, or its characters, or a key doubled. */
export function mutateJsonText(text: string, random: Random): string {
  const kind = random.below(4);
  if (kind === 0) {
    const keys = [...text.matchAll(/("[^"]*"):/g)].map(([, key]) => key);
    return text.replace("{", `{${random.pick(keys)}:${random.below(9)},`);
  }
  if (kind === 1) {
    const bytes = new TextEncoder().encode(text);
    return new TextDecoder().decode(mutateBytes(bytes, random));
  }
  return JSON.stringify(mutateJson(JSON.parse(text), random));
}

/** Changes a safetensors file: its header's bytes, text or length, or its end. */
export function mutateSafetensors(
  bytes: Uint8Array,
  random: Random,
): Uint8Array<ArrayBuffer> {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = bytes.slice(8, 8 + length);
  const tensors = bytes.subarray(8 + length);
  switch (random.below(5)) {
    case 0:
      return mutateBytes(bytes, random, { end: 8 + length });
    case 2: {
      const json = JSON.parse(new TextDecoder().decode(header));
      const text = JSON.stringify(mutateLayout(json, random));
      return joinSafetensors(new TextEncoder().encode(text), tensors);
    }
    case 1: {
      const lies = [0, 1, 7, 8, length - 1, length + 1, length + 8, 2 ** 31];
      const lie = BigInt(random.pick(lies)) <<
        BigInt(random.pick([0, 0, 8, 32]));
      return joinSafetensors(header, tensors, {
        length: BigInt.asUintN(64, lie),
      });
    }
    default: {
      const text = mutateJsonText(new TextDecoder().decode(header), random);
      return joinSafetensors(new TextEncoder().encode(text), tensors);
    }
  }
}

interface HeaderEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** Changes a header so that each entry still agrees with itself, but perhaps not with others. */
function mutateLayout(
  header: Readonly<Record<string, HeaderEntry>>,
  random: Random,
): unknown {
  const copy: Record<string, HeaderEntry> = structuredClone(header);
  const names = Object.keys(copy).slice(1);
  const name = random.pick(names);
  const entry = copy[name];
  const other = copy[random.pick(names)];
  if (entry === undefined || other === undefined) return copy;
  const [start, end] = entry.data_offsets;
  switch (random.below(7)) {
    case 0: {
      const shift = random.pick([-4, 4, 1, -start, end - start, 2 ** 40]);
      entry.data_offsets = [start + shift, end + shift];
      break;
    }
    case 1: {
      const size = random.pick([0, 1, 2, 3, 2 ** 16, 2 ** 40]);
      entry.shape = [size];
      entry.data_offsets = [start, start + 4 * size];
      break;
    }
    case 2:
      entry.data_offsets = other.data_offsets;
      other.data_offsets = [start, end];
      break;
    case 3:
      copy[`${name}.copy`] = structuredClone(entry);
      break;
    case 4:
      delete copy[name];
      break;
    case 5:
      copy[`${name}.empty`] = {
        dtype: "F32",
        shape: [0, random.below(9)],
        data_offsets: [start, start],
      };
      break;
    default:
      entry.dtype = random.pick(["I32", "U32", "F16", "F64", "U8"]);
      entry.shape = random.pick([[(end - start) / 4], [...entry.shape, 1]]);
  }
  return copy;
}

interface Place {
  readonly holder: object;
  readonly key: string;
}

function listPlaces(value: unknown): Place[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [
    { holder: value, key },
    ...listPlaces(item),
  ]);
}
