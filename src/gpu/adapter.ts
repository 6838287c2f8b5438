import { GpuError } from "./gpu_error.ts";

/** What the adapter says of itself. */
export interface AdapterDescription {
  /** Device name, such as "llvmpipe (LLVM 15.0.6, 256 bits)". */
  readonly name: string;
  /** Whether the adapter runs on the CPU. */
  readonly isSoftware: boolean;
  /** Whether it is one of Mesa's that runs launches in the thread that hands them over, which changes what they cost. */
  readonly isInline: boolean;
  /** Feature names. */
  readonly features: readonly string[];
}

/**
 * Asks for the system's fastest adapter.
 *
 * @throws {GpuError} There is none.
 */
export async function requestAdapter(): Promise<GPUAdapter> {
  const adapter = await navigator.gpu?.requestAdapter({
    powerPreference: "high-performance",
  });
  if (adapter === null || adapter === undefined) {
    throw new GpuError(
      "no-adapter",
      "Cannot open a GPU as WebGPU must have an adapter: none found (run `jakiro doctor`)",
    );
  }
  return adapter;
}

/**
 * Describes an adapter.
 *
 * @param adapter The adapter, not yet used for a device.
 * @param facts Its features, and whether launches run inline if it is a software adapter.
 * @returns What the project tells adapters apart by.
 */
export function describeAdapter(
  adapter: GPUAdapter,
  facts: { readonly features: readonly string[]; readonly isInline: boolean },
): AdapterDescription {
  const { description, device, vendor } = adapter.info;
  const name =
    [description, device, vendor].find((text) => /[a-z]/i.test(text)) ??
      "unnamed adapter";
  const isSoftware = adapter.info.isFallbackAdapter;
  return {
    ...facts,
    name,
    isSoftware,
    isInline: isSoftware && facts.isInline,
  };
}
