import {
  matmulCandidates,
  type MatrixProduct,
  productKey,
} from "../ops/mod.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { SearchedProduct } from "./search_variants.ts";

/** Products that are cut alike, such as those of all layers. */
export interface ProductGroup extends SearchedProduct {
  /** One for each matrix. */
  readonly products: readonly MatrixProduct[];
}

/**
 * Groups products that are cut alike.
 *
 * @param gpu Device.
 * @param products The products; of several with one matrix, the one with the most rows stands for all.
 * @returns The groups.
 */
export function groupProducts(
  gpu: Gpu,
  products: readonly MatrixProduct[],
): readonly ProductGroup[] {
  return [...Map.groupBy(products, productKey)].flatMap(([key, alike]) => {
    const ofMatrix = new Map<GPUBuffer, MatrixProduct>();
    for (const product of alike.toSorted((a, b) => a.numRows - b.numRows)) {
      ofMatrix.set(product.weights, product);
    }
    const [first, ...others] = ofMatrix.values();
    if (first === undefined) return [];
    const members = [first, ...others];
    return [{
      key,
      numRows: Math.max(...members.map(({ numRows }) => numRows)),
      weightBytes: members.reduce((sum, each) => sum + each.weightBytes, 0),
      variants: matmulCandidates(gpu, first),
      products: members,
    }];
  });
}
