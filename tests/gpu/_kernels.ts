import { KERNELS } from "../../kernels/mod.ts";

/**
 * Adds a kernel for the length of an action.
 *
 * @param name Its name, which no other kernel has.
 * @param source Its WGSL.
 * @param action What needs it.
 */
export async function withKernel(
  name: string,
  source: string,
  action: () => void | Promise<void>,
): Promise<void> {
  const kernels: Record<string, string> = KERNELS;
  kernels[name] = source;
  try {
    await action();
  } finally {
    delete kernels[name];
  }
}
