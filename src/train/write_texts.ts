import type { Teacher } from "../decode/teacher.ts";
import { uniform } from "./uniform.ts";
import type { WrittenText } from "./written_file.ts";

/** What texts a target is to write. */
export interface WriteTextsOptions {
  /** What they begin with, in turn; each shorter than they can be long. */
  readonly prompts: readonly (readonly number[])[];
  /** Fewest tokens of all texts together. */
  readonly numTokens: number;
  /** Most tokens of a text. */
  readonly length: number;
  /** Ids that end a text. */
  readonly endTokens: readonly number[];
  /** Of what is drawn. */
  readonly seed: number;
  /** Ends the writing with an error. */
  readonly signal?: AbortSignal | undefined;
  /** Called as tokens are written. */
  readonly onProgress: (done: number, total: number) => void;
}

/** What {@linkcode uniform} is used for here. */
const STREAM = 3;

/**
 * Lets a target write the texts that its drafter is trained on.
 *
 * @param teacher The target.
 * @param options What to write.
 * @returns The texts, in the order of their beginning.
 * @throws {DOMException} If it is told to stop.
 */
export async function writeTexts(
  teacher: Pick<Teacher, "write">,
  options: WriteTextsOptions,
): Promise<readonly WrittenText[]> {
  const { prompts, numTokens, length, seed } = options;
  const texts: WrittenText[] = [];
  let numWritten = 0;
  let numBegun = 0;
  let numUnfinished = 0;
  const nextPrompt = (): readonly number[] | null => {
    // Those that are being written are taken to become as long as they can.
    if (numWritten + numUnfinished * length >= numTokens) return null;
    numUnfinished++;
    return prompts[numBegun++ % prompts.length] ?? null;
  };
  const written = teacher.write({
    nextPrompt,
    endTokens: options.endTokens,
    random: (index, position) => uniform(seed, [STREAM, index, position]),
  });
  for await (const { index, tokenIds, promptLength } of written) {
    options.signal?.throwIfAborted();
    texts[index] = { tokenIds, promptLength };
    numWritten += tokenIds.length;
    numUnfinished--;
    options.onProgress(Math.min(numWritten, numTokens), numTokens);
  }
  return texts;
}
