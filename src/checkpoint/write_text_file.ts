import { writeAll } from "./write_all.ts";

/**
 * Writes a text file. It appears under its name only once it is complete; a failure leaves an earlier one as
 * it was.
 *
 * @param path The file.
 * @param text What it is to hold.
 */
export async function writeTextFile(path: string, text: string): Promise<void> {
  const unfinished = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    await writeNewFile(unfinished, text);
    await Deno.rename(unfinished, path);
  } catch (error) {
    await Deno.remove(unfinished).catch(() => {});
    throw error;
  }
}

async function writeNewFile(path: string, text: string): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  await writeAll(file, new TextEncoder().encode(text));
  // On disk before the name is: a crash leaves the old file or the whole new one.
  await file.sync();
}
