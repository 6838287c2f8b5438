/**
 * Writes a file, which appears under its name only once it is complete.
 *
 * @param path Where.
 * @param content What.
 */
export async function writeFileAtomically(
  path: string,
  content: string | Uint8Array<ArrayBuffer>,
): Promise<void> {
  const unfinished = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    if (typeof content === "string") {
      await Deno.writeTextFile(unfinished, content, { createNew: true });
    } else await Deno.writeFile(unfinished, content, { createNew: true });
    await Deno.rename(unfinished, path);
  } catch (error) {
    await Deno.remove(unfinished).catch(() => {});
    throw error;
  }
}
