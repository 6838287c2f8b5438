/** Most sessions unless asked for. */
const DEFAULT_MAX_SESSIONS = 8;
/** What sessions may take together, where the model takes less. */
const LEAST_BUDGET_BYTES = 2 ** 30;

/**
 * Says how many sessions a model may have.
 *
 * @param wanted What the caller asks for; undefined for 8, or as many as take no more memory together than the model
 *   without them, or 1 GiB where that is more.
 * @param sizes Bytes of the model and of one session.
 * @returns How many, at least 1.
 */
export function sessionLimit(
  wanted: number | undefined,
  sizes: { readonly modelBytes: number; readonly sessionBytes: number },
): number {
  if (wanted !== undefined) return wanted;
  const budget = Math.max(LEAST_BUDGET_BYTES, sizes.modelBytes);
  const fitting = Math.floor(budget / sizes.sessionBytes);
  return Math.max(1, Math.min(DEFAULT_MAX_SESSIONS, fitting));
}
