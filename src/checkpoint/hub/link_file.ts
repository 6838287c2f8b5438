import { dirname, relative } from "node:path";

/**
 * Gives a file another name: a link as the Hub's tools make them, relative to its place, or else another name for the same
 * bytes, or else a copy. Some systems let nobody but administrators make links, and Deno no program that may not write
 * everywhere.
 *
 * @param source The file.
 * @param place Where its other name is to be.
 */
export async function linkFile(source: string, place: string): Promise<void> {
  const target = relative(dirname(place), source);
  const ways = [
    () => Deno.symlink(target, place, { type: "file" }),
    () => Deno.link(source, place),
  ];
  for (const way of ways) {
    try {
      return await way();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) throw error;
    }
  }
  await Deno.copyFile(source, place);
}
