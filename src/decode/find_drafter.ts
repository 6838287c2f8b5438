import { isGguf, isRemote, pathExists } from "../checkpoint/mod.ts";

/**
 * Looks for the folder `drafter` in a model's directory.
 *
 * @param source The model's directory, or a GGUF file, beside which none is looked for.
 * @returns The folder, or `none`.
 */
export async function findDrafter(source: string | URL): Promise<string | URL> {
  if (isGguf(source)) return "none";
  const folder = source instanceof URL
    ? new URL("drafter", source.href.replace(/\/*$/, "/"))
    : `${source.replace(/\/+$/, "")}/drafter`;
  if (isRemote(String(folder))) {
    return await pathExists(`${folder}/config.json`) ? folder : "none";
  }
  try {
    return (await Deno.stat(folder)).isDirectory ? folder : "none";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "none";
    throw error;
  }
}
