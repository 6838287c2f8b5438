/** Runs a test in which a function answers what is fetched. */
export async function withServer(
  answer: typeof fetch,
  action: () => Promise<unknown>,
): Promise<void> {
  const { fetch } = globalThis;
  globalThis.fetch = answer;
  try {
    await action();
  } finally {
    globalThis.fetch = fetch;
  }
}
