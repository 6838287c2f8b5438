import type { Gpu } from "../gpu/gpu.ts";
import { kernelsVersion } from "../gpu/kernels_version.ts";
import type { MatmulVariant } from "../ops/mod.ts";
import { openCostFile } from "./cost_file.ts";

/** What was found of each product: how it is cut, or within how many milliseconds nothing was. */
export type FoundVariants = ReadonlyMap<string, MatmulVariant | number>;

/** A file that keeps the fastest cuts of a device's products. */
export interface TuningFile {
  /** Reads what is kept; nothing where it cannot be read. */
  read(): Promise<FoundVariants>;
  /** Keeps what was found. */
  write(found: FoundVariants): void;
}

/** Products that are kept, those of some tens of models. */
const MAX_PRODUCTS = 2048;

/**
 * Finds the file that keeps the fastest cuts of a device's products, as long as neither kernels nor Deno are others.
 *
 * @param adapter What the device is.
 * @returns The file.
 */
export async function openTuningFile(
  adapter: Pick<
    Gpu["adapter"],
    "name" | "isSoftware" | "isInline"
  >,
): Promise<TuningFile> {
  const file = await openCostFile({
    deno: Deno.version.deno,
    kernels: await kernelsVersion(),
    device: adapter.name,
    isSoftware: adapter.isSoftware,
    isInline: adapter.isInline,
  });
  return {
    async read() {
      const kept: unknown = await file.read();
      return new Map(Array.isArray(kept) ? kept.filter(isEntry) : []);
    },
    write: (found) => file.write([...found].slice(-MAX_PRODUCTS)),
  };
}

function isEntry(value: unknown): value is [string, MatmulVariant | number] {
  if (!Array.isArray(value) || typeof value[0] !== "string") return false;
  const found: unknown = value[1];
  if (typeof found === "number") return true;
  return typeof found === "object" && found !== null &&
    ["TILE", "SPAN", "GROUPS"].every((name) =>
      Number.isInteger(Reflect.get(found, name))
    );
}
