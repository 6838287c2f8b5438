import { type BlockFormat, isBlockFormat } from "./block_format.ts";
import { type FloatDtype, isFloatDtype } from "./dtype.ts";
import { quote } from "./quote.ts";
import type { TensorEntry } from "./tensor_entry.ts";
import type { TensorFiles } from "./tensor_files.ts";

/** A tensor of weights: its elements are floating-point numbers, or what stands for them in blocks. */
export interface WeightEntry extends TensorEntry {
  /** Type of its elements, little-endian, or how they are stored in blocks. */
  readonly dtype: FloatDtype | BlockFormat;
}

/** Options of `TensorLookup`. */
export interface TensorLookupOptions<Axis extends string> {
  /** Whose tensors they must be, for error messages: `a Llama with num_hidden_layers 2`. */
  readonly model: string;
  /** Size of each axis, by its letter or product of letters, such as `H*E`. */
  readonly sizes: Readonly<Record<Axis, number>>;
}

/**
 * Takes a model's tensors from its files by name, with their shapes and element types checked, and
 * in the end that none is left over.
 */
export class TensorLookup<Axis extends string> {
  readonly #files: Pick<TensorFiles, "tensors" | "weightsFile">;
  readonly #options: TensorLookupOptions<Axis>;
  readonly #taken: Set<string> = new Set();

  /** Looks in `files`, of which only `tensors` and `weightsFile` are used. */
  constructor(
    files: Pick<TensorFiles, "tensors" | "weightsFile">,
    options: TensorLookupOptions<Axis>,
  ) {
    this.#files = files;
    this.#options = options;
  }

  /** Whether there is a tensor of this name. */
  has(name: string): boolean {
    return this.#files.tensors.has(name);
  }

  /**
   * Takes the tensor of this name, which must have these axes.
   *
   * @throws {ReferenceError} There is none.
   * @throws {TypeError} Its elements are not F32, F16 or BF16, nor in blocks.
   * @throws {RangeError} It has another shape.
   */
  take(name: string, axes: readonly Axis[]): WeightEntry {
    const entry = this.#files.tensors.get(name);
    if (entry === undefined) {
      throw new ReferenceError(
        `Cannot load ${quote(name)} from ${
          quote(this.#files.weightsFile)
        } as ${this.#options.model} must have it: found no such tensor`,
      );
    }
    const sizes = axes.map((axis) => this.#options.sizes[axis]);
    const isShape = sizes.length === entry.shape.length &&
      sizes.every((size, axis) => size === entry.shape[axis]);
    if (!isShape) {
      throw new RangeError(
        `${loadText(entry)} as its shape must be [${axes.join(", ")}] = [${
          sizes.join(", ")
        }]: found [${entry.shape.join(", ")}]`,
      );
    }
    if (!isWeight(entry)) {
      throw new TypeError(
        `${
          loadText(entry)
        } as its dtype must be F32, F16 or BF16: found ${entry.dtype}`,
      );
    }
    this.#taken.add(name);
    return entry;
  }

  /**
   * Checks that every tensor was taken.
   *
   * @param isIgnored Whether a tensor that was not taken does no harm.
   * @throws {RangeError} One was not.
   */
  finish(isIgnored: (name: string) => boolean = () => false): void {
    for (const entry of this.#files.tensors.values()) {
      if (this.#taken.has(entry.name) || isIgnored(entry.name)) continue;
      throw new RangeError(
        `${
          loadText(entry)
        } as ${this.#options.model} must have no such tensor: found ${entry.dtype} [${
          entry.shape.join(", ")
        }]`,
      );
    }
  }
}

/**
 * Says where some rows of a matrix are.
 *
 * @param entry The matrix.
 * @param rows The first one, and how many.
 * @returns An entry for these rows alone.
 */
export function sliceRows(
  entry: WeightEntry,
  { first, count }: { readonly first: number; readonly count: number },
): WeightEntry {
  const [numRows = 1, ...others] = entry.shape;
  const rowBytes = entry.sizeBytes / numRows;
  return {
    ...entry,
    shape: [count, ...others],
    startBytes: entry.startBytes + first * rowBytes,
    sizeBytes: count * rowBytes,
  };
}

function isWeight(entry: TensorEntry): entry is WeightEntry {
  return isFloatDtype(entry.dtype) || isBlockFormat(entry.dtype);
}

function loadText(entry: TensorEntry): string {
  return `Cannot load ${quote(entry.name)} from ${quote(entry.file)}`;
}
