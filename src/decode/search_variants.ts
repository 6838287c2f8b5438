import { chooseVariant } from "./choose_variant.ts";
import type { MatmulVariant } from "../ops/mod.ts";

/** A product whose fastest cut is looked for. */
export interface SearchedProduct {
  /** Which it is. */
  readonly key: string;
  /** Its rows. */
  readonly numRows: number;
  /** Bytes of all matrices that it is made with. */
  readonly weightBytes: number;
  /** Ways to cut it, the rule's the first. */
  readonly variants: readonly [MatmulVariant, ...MatmulVariant[]];
}

/** What compiles and times products. */
export interface VariantTimer<Product extends SearchedProduct> {
  /** Milliseconds by the host's clock. */
  now(): number;
  /** Compiles one way to cut a product, and says whether the device takes it. */
  compile(product: Product, variant: MatmulVariant): Promise<boolean>;
  /** Times ways to cut a product in turn, and gives the milliseconds of each in each turn. */
  time(
    product: Product,
    variants: readonly MatmulVariant[],
    numTurns: number,
  ): Promise<readonly (readonly number[])[]>;
}

/** Turns by which a way is judged: so many where there is time, and not without as many. */
const NUM_TURNS = { most: 7, least: 3 } as const;

/**
 * Looks for the fastest way to cut each product, the heaviest first, and of all with one row before any with more, until the
 * time is over.
 *
 * @param products The products.
 * @param args Milliseconds that it may take, and what compiles and times.
 * @returns The fastest cut of each product for which there was time.
 */
export async function searchVariants<Product extends SearchedProduct>(
  products: readonly Product[],
  args: {
    readonly budgetMs: number;
    readonly timer: VariantTimer<Product>;
  },
): Promise<ReadonlyMap<string, MatmulVariant>> {
  const { budgetMs, timer } = args;
  const endMs = timer.now() + budgetMs;
  const found = new Map<string, MatmulVariant>();
  for (const product of products.toSorted(compareWorth)) {
    const variant = await searchVariant(product, { endMs, timer });
    if (variant !== null) found.set(product.key, variant);
  }
  return found;
}

async function searchVariant<Product extends SearchedProduct>(
  product: Product,
  { endMs, timer }: {
    readonly endMs: number;
    readonly timer: VariantTimer<Product>;
  },
): Promise<MatmulVariant | null> {
  const [rule, ...others] = product.variants;
  const variants: [MatmulVariant, ...MatmulVariant[]] = [rule];
  for (const variant of others) {
    if (timer.now() >= endMs) return null;
    if (await timer.compile(product, variant)) variants.push(variant);
  }
  if (variants.length === 1) return rule;
  if (timer.now() >= endMs) return null;
  // The first turn warms up, and says for how many there is time.
  const [first = []] = await timer.time(product, variants, 1);
  const turnMs = first.reduce((sum, ms) => sum + ms, 0);
  const isEnough = timer.now() + NUM_TURNS.least * turnMs < endMs;
  if (!isEnough) return null;
  const most = Math.floor((endMs - timer.now()) / Math.max(turnMs, 1e-6));
  const numTurns = Math.min(NUM_TURNS.most, most);
  return chooseVariant(
    variants,
    await timer.time(product, variants, numTurns),
  );
}

function compareWorth(a: SearchedProduct, b: SearchedProduct): number {
  return Number(a.numRows > 1) - Number(b.numRows > 1) ||
    b.weightBytes - a.weightBytes || a.numRows - b.numRows;
}
