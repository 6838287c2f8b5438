import type { Dispatch } from "../gpu/dispatch.ts";
import type { Gpu } from "../gpu/gpu.ts";
import {
  type MatmulVariant,
  type MatrixProduct,
  packRows,
} from "../ops/mod.ts";
import { PassTimer } from "../gpu/pass_timer.ts";
import type { ProductGroup } from "./product_group.ts";
import { submitPass } from "../gpu/submit_pass.ts";
import { timePasses } from "../gpu/time_passes.ts";
import type { VariantTimer } from "./search_variants.ts";

/** Launches of a pass that is timed, through one matrix after the other. */
const MAX_LAUNCHES = 16;
/** Bytes of weights that a pass reads where there are as many: more than caches hold. */
const ENOUGH_BYTES = 2 ** 27;

/** Times products on the device, by its clock, with the weights and buffers of an idle session. */
export class ProductTimer implements VariantTimer<ProductGroup> {
  readonly #gpu: Gpu;

  /** @param gpu Device with timestamps. */
  constructor(gpu: Gpu) {
    this.#gpu = gpu;
  }

  /** Milliseconds by the host's clock. */
  now(): number {
    return performance.now();
  }

  /** Compiles one way to cut a product, by running it over no rows. */
  async compile(
    { products: [product] }: ProductGroup,
    variant: MatmulVariant,
  ): Promise<boolean> {
    if (product === undefined) return false;
    try {
      await this.#gpu.guard("compile a product", () => {
        submitPass(this.#gpu, [product.launch(variant)]);
      });
      return true;
    } catch (error) {
      // What a device refuses is not the fastest; one that is lost says so to whatever is next.
      if (error instanceof SyntaxError) return false;
      throw error;
    }
  }

  /** Times ways to cut a product in turn, each turn beginning with another. */
  async time(
    { products }: ProductGroup,
    variants: readonly MatmulVariant[],
    numTurns: number,
  ): Promise<readonly (readonly number[])[]> {
    const passes = variants.map((variant) =>
      listLaunches(products, (product) => product.launch(variant))
    );
    const order = Array.from(
      { length: numTurns * variants.length },
      (_, at) => (at + Math.floor(at / variants.length)) % variants.length,
    );
    using timer = new PassTimer(this.#gpu, order.length);
    this.#writeRows(products, ({ passRows }) => passRows);
    const times = await timePasses(
      this.#gpu,
      timer,
      order.map((variant) => passes[variant] ?? []),
    );
    this.#writeRows(products, () => 0);
    const turns = Array.from({ length: numTurns }, (): number[] => []);
    for (const [at, variant] of order.entries()) {
      const turn = turns[Math.floor(at / variants.length)];
      if (turn !== undefined) turn[variant] = times[at] ?? NaN;
    }
    return turns;
  }

  #writeRows(
    products: readonly MatrixProduct[],
    count: (product: MatrixProduct) => number,
  ): void {
    const counts = new Map<GPUBuffer, number>();
    for (const product of products) {
      const known = counts.get(product.rows) ?? 0;
      counts.set(product.rows, Math.max(known, count(product)));
    }
    for (const [buffer, numRows] of counts) {
      const table = Array.from(
        { length: numRows },
        (_, position) => ({ token: 0, position }),
      );
      this.#gpu.device.queue.writeBuffer(buffer, 0, packRows(table, 0));
    }
  }
}

function listLaunches(
  products: readonly MatrixProduct[],
  launch: (product: MatrixProduct) => Dispatch,
): readonly Dispatch[] {
  const launches: Dispatch[] = [];
  let numBytes = 0;
  while (launches.length < MAX_LAUNCHES && numBytes < ENOUGH_BYTES) {
    const product = products[launches.length % products.length];
    if (product === undefined) break;
    launches.push(launch(product));
    numBytes += product.weightBytes;
  }
  return launches;
}
