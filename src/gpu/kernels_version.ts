import { KERNELS, LIBRARIES } from "../../kernels/mod.ts";

/**
 * Names the version of all kernels, by which what was measured of others is told apart.
 *
 * @returns A digest of their sources.
 */
export async function kernelsVersion(): Promise<string> {
  const text = JSON.stringify([KERNELS, LIBRARIES]);
  const bytes = new TextEncoder().encode(text);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
