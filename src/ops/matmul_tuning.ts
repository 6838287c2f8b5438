import { isPossible, isSame } from "./matmul_candidates.ts";
import {
  type MatmulVariant,
  matmulVariant,
  type ProductShape,
} from "./matmul_variant.ts";
import type { Dispatch } from "../gpu/dispatch.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { WeightFormat } from "./weight_format.ts";

/** Most rows of a product whose cut is looked for: those of a step, and of small trees. */
export const MAX_TUNED_ROWS = 16;

/** A product with a matrix, or with a slice of it, as a pass asks for it. */
export interface MatrixProduct extends ProductShape {
  /** File name of the kernel. */
  readonly kernel: string;
  /** Kernel, number type and constants, as text. */
  readonly identity: string;
  /** How the matrix is stored. */
  readonly format: WeightFormat;
  /** The slice. */
  readonly weights: GPUBuffer;
  /** Its bytes. */
  readonly weightBytes: number;
  /** Row table. */
  readonly rows: GPUBuffer;
  /** Rows of the pass, each of which may be several of the product. */
  readonly passRows: number;
  /** Gives the launch, cut in some way. */
  readonly launch: (variant: MatmulVariant) => Dispatch;
}

/** A product that is cut otherwise than by rule. */
export interface TunedProduct
  extends Pick<MatrixProduct, "kernel" | "format" | "numCols" | "numBlocks"> {
  /** Rows that are cut alike: so many, or fewer, down to half. */
  readonly numRows: number;
  /** How it is cut. */
  readonly variant: MatmulVariant;
  /** How the rule would cut it. */
  readonly rule: MatmulVariant;
}

/** What is known of the fastest cuts of a device's products with few rows. */
export class MatmulTuning {
  readonly #gpu: Gpu;
  readonly #known = new Map<string, MatmulVariant | null>();
  readonly #tuned = new Map<string, TunedProduct>();
  #asked: MatrixProduct[] | null = null;

  /** @param gpu Device. */
  constructor(gpu: Gpu) {
    this.#gpu = gpu;
  }

  /** Products that were cut otherwise than by rule. */
  get tuned(): readonly TunedProduct[] {
    return [...this.#tuned.values()];
  }

  /**
   * Makes a cut known.
   *
   * @param key Of which products.
   * @param variant The cut, or null for the rule's.
   */
  set(key: string, variant: MatmulVariant | null): void {
    this.#known.set(key, variant);
  }

  /**
   * Chooses how to cut a product.
   *
   * @param product The product.
   * @returns What is known to be the fastest, else {@linkcode matmulVariant}'s choice.
   */
  choose(product: MatrixProduct): MatmulVariant {
    const rule = matmulVariant(this.#gpu, product);
    const isIdle = this.#known.size === 0 && this.#asked === null;
    if (isIdle || product.numRows > MAX_TUNED_ROWS) return rule;
    const key = productKey(product);
    const known = this.#known.get(key);
    if (known === null || known && isSame(known, rule)) return rule;
    if (known === undefined || !isPossible(this.#gpu, product, known)) {
      this.#asked?.push(product);
      return rule;
    }
    const { kernel, format, numCols, numBlocks } = product;
    const numRows = roundedRows(product);
    const facts = { kernel, format, numCols, numBlocks, numRows };
    this.#tuned.set(key, { ...facts, variant: known, rule });
    return known;
  }

  /**
   * Lists the products with few rows of whose cuts nothing is known.
   *
   * @param action Asks for their launches.
   * @returns The products, in the order in which they were asked for.
   */
  async listUnknown(
    action: () => Promise<void>,
  ): Promise<readonly MatrixProduct[]> {
    const asked: MatrixProduct[] = [];
    this.#asked = asked;
    try {
      await action();
    } finally {
      this.#asked = null;
    }
    return asked;
  }
}

/**
 * Says which products are cut alike: those of one shape, through one kernel, with as many rows up to a power of two.
 *
 * @param product The product.
 * @returns A text that is the same for them.
 */
export function productKey(product: MatrixProduct): string {
  return `${roundedRows(product)} ${product.identity}`;
}

const TUNINGS = new WeakMap<Gpu, MatmulTuning>();

/**
 * Gives what is known of a device's products.
 *
 * @param gpu Device.
 * @returns The same for each call.
 */
export function matmulTuning(gpu: Gpu): MatmulTuning {
  const tuning = TUNINGS.get(gpu) ?? new MatmulTuning(gpu);
  TUNINGS.set(gpu, tuning);
  return tuning;
}

function roundedRows({ numRows }: ProductShape): number {
  return 2 ** Math.ceil(Math.log2(numRows));
}
