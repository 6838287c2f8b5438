import type { NamedTensor, NamedTensors } from "./named_tensor.ts";

/** A tensor of a checkpoint within a parameter. */
export interface ParameterPart {
  /** The tensor's name in checkpoints. */
  readonly name: string;
  /** Its axes: one or two. */
  readonly shape: readonly number[];
}

/** A parameter: tensors of a checkpoint that one product takes, as one matrix. */
export interface ParameterSpec {
  /** Below each other, or side by side. */
  readonly parts: readonly ParameterPart[];
  /** The axis along which the parts follow each other; 0 unless given. */
  readonly axis?: 0 | 1;
  /** How the first values are drawn. */
  readonly start: "ones" | { readonly uniform: number } | {
    readonly normal: number;
  };
}

/** All parameters of a network. */
export type ParameterLayout<Key extends string = string> = Readonly<
  Record<Key, ParameterSpec>
>;

/** Axes of a parameter. */
export function parameterShape(spec: ParameterSpec): number[] {
  const { parts, axis = 0 } = spec;
  const shape = [...parts[0]?.shape ?? []];
  shape[axis] = parts.reduce((sum, part) => sum + (part.shape[axis] ?? 1), 0);
  return shape;
}

/**
 * Joins the tensors of a parameter.
 *
 * @param spec The parameter.
 * @param tensors Tensors by name.
 * @param options Put behind each name.
 * @throws {ReferenceError} A tensor is missing.
 * @throws {RangeError} A tensor has another shape.
 */
export function packParameter(
  spec: ParameterSpec,
  tensors: NamedTensors,
  { suffix = "" }: { readonly suffix?: string } = {},
): NamedTensor {
  const shape = parameterShape(spec);
  const numCols = shape[1] ?? 1;
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (const { part, first, cols } of places(spec)) {
    const name = part.name + suffix;
    const tensor = tensors.get(name);
    if (tensor === undefined) {
      throw new ReferenceError(
        `Cannot restore "${name}" as it must be among the tensors: it is missing`,
      );
    }
    if (tensor.shape.join() !== part.shape.join()) {
      throw new RangeError(
        `Cannot restore "${name}" as its shape must be [${
          part.shape.join(", ")
        }]: it is [${tensor.shape.join(", ")}]`,
      );
    }
    let to = first;
    for (let at = 0; at < tensor.values.length; at += cols) {
      values.set(tensor.values.subarray(at, at + cols), to);
      to += numCols;
    }
  }
  return { shape, values };
}

/**
 * Takes a parameter apart.
 *
 * @param spec The parameter.
 * @param values Its values.
 * @param options Put behind each name.
 * @returns The tensors by name.
 */
export function unpackParameter(
  spec: ParameterSpec,
  values: Float32Array,
  { suffix = "" }: { readonly suffix?: string } = {},
): Map<string, NamedTensor> {
  const numCols = parameterShape(spec)[1] ?? 1;
  const tensors = new Map<string, NamedTensor>();
  for (const { part, first, cols } of places(spec)) {
    const size = part.shape.reduce((a, b) => a * b, 1);
    const own = new Float32Array(size);
    let from = first;
    for (let at = 0; at < size; at += cols) {
      own.set(values.subarray(from, from + cols), at);
      from += numCols;
    }
    tensors.set(part.name + suffix, { shape: part.shape, values: own });
  }
  return tensors;
}

/** Where each part begins, and how many of its values lie side by side. */
function places(
  spec: ParameterSpec,
): { part: ParameterPart; first: number; cols: number }[] {
  const numCols = parameterShape(spec)[1] ?? 1;
  let first = 0;
  return spec.parts.map((part) => {
    const cols = part.shape[1] ?? 1;
    const place = { part, first, cols };
    first += spec.axis === 1 ? cols : (part.shape[0] ?? 0) * numCols;
    return place;
  });
}
