import { dirname } from "node:path";

const POLL_MS = 200;

/**
 * Waits until no other process holds a lock. The system frees the lock of a process that ends, however it ends.
 *
 * @param path The file that stands for the lock; it is made, and stays.
 * @param signal Ends the waiting.
 * @returns Disposing of it frees the lock.
 */
export async function lockFile(
  path: string,
  signal?: AbortSignal,
): Promise<Disposable> {
  await Deno.mkdir(dirname(path), { recursive: true });
  using closing = new DisposableStack();
  const file = closing.use(
    await Deno.open(path, { write: true, create: true }),
  );
  // Asking again and again, as waiting in the system could not be ended.
  while (!await file.tryLock(true)) {
    signal?.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  closing.move();
  return file;
}
