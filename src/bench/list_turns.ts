/** A prompt's turn: each way generates behind it. */
export interface Turn {
  /** Which prompt. */
  readonly prompt: number;
  /** Which time. */
  readonly repetition: number;
  /** The ways, in the order in which they generate. */
  readonly order: readonly number[];
}

/**
 * Lists the turns of a measurement: all prompts, as often as wanted. From turn to turn another way is the first, so that
 * a machine that grows warm, or is busy for a while, favours none.
 *
 * @param counts How many ways, prompts and repetitions there are.
 * @returns The turns, in their order.
 */
export function listTurns(
  counts: {
    readonly numWays: number;
    readonly numPrompts: number;
    readonly repeat: number;
  },
): readonly Turn[] {
  const { numWays, numPrompts, repeat } = counts;
  return Array.from({ length: numPrompts * repeat }, (_, turn) => ({
    prompt: turn % numPrompts,
    repetition: Math.floor(turn / numPrompts),
    order: Array.from({ length: numWays }, (_, way) => (turn + way) % numWays),
  }));
}
