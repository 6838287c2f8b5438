import {
  type FoundVariants,
  openTuningFile,
  type TuningFile,
} from "./tuning_file.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { groupProducts } from "./product_group.ts";
import { matmulTuning } from "../ops/mod.ts";
import { ProductTimer } from "./product_timer.ts";
import { searchVariants } from "./search_variants.ts";

/**
 * Looks for the fastest cuts of the products that a session runs, unless they are known from before. No bit of what they
 * compute depends on it.
 *
 * Source: `docs/design.md`, section 6.
 *
 * @param gpu Device.
 * @param args Milliseconds that it may take, 0 for the rule's cuts; what compiles the session's kernels, by running them
 *   over no rows; and where what is found is kept (default: in the user's cache folder).
 * @throws {GpuError} If the device fails.
 */
export async function tuneProducts(
  gpu: Gpu,
  args: {
    readonly budgetMs: number;
    readonly compile: () => Promise<void>;
    readonly file?: TuningFile;
  },
): Promise<void> {
  const { budgetMs, compile } = args;
  if (budgetMs === 0 || !gpu.hasTimestamps) {
    await compile();
    return;
  }
  const tuning = matmulTuning(gpu);
  const file = args.file ?? await openTuningFile(gpu.adapter);
  const kept = await file.read();
  for (const [key, found] of kept) {
    if (typeof found !== "number") tuning.set(key, found);
    else if (found >= budgetMs) tuning.set(key, null);
  }
  const groups = groupProducts(gpu, await tuning.listUnknown(compile));
  if (groups.length === 0) return;
  const timer = new ProductTimer(gpu);
  const searched = await searchVariants(groups, { budgetMs, timer });
  const found: FoundVariants = new Map(
    groups.map(({ key }) => [key, searched.get(key) ?? budgetMs]),
  );
  for (const { key } of groups) tuning.set(key, searched.get(key) ?? null);
  file.write(new Map([...kept, ...found]));
}
