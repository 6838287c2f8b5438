/**
 * Says what file a name stands for.
 *
 * @param path The name, or a link's.
 * @returns The same for all names of a file; null where there is none, or the system does not say.
 */
export async function fileIdentity(path: string): Promise<string | null> {
  try {
    const { dev, ino } = await Deno.stat(path);
    return ino === null ? null : `${dev} ${ino}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
