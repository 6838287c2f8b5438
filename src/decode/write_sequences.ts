import type { BatchRow, SequenceBatch } from "./sequence_batch.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { submitPass } from "../gpu/submit_pass.ts";
import type { Target } from "../model/mod.ts";

/** A sequence that a target has written. */
export interface WrittenSequence {
  /** Number of the sequence, in the order of their beginning. */
  readonly index: number;
  /** Ids, what it began with included. */
  readonly tokenIds: readonly number[];
  /** How many of them it began with. */
  readonly promptLength: number;
}

/** What sequences to write. */
export interface WriteSequencesOptions {
  /**
   * Gives the ids that the next sequence begins with, at least one and fewer than the batch is long; null
   * where none is to begin for now. Once none is being written either, the writing ends.
   */
  readonly nextPrompt: () => readonly number[] | null;
  /** Ids that end a sequence, themselves included. */
  readonly endTokens: readonly number[];
  /** Gives a number in [0, 1) for the token at a position of a sequence, always the same. */
  readonly random: (index: number, position: number) => number;
}

/** A sequence being written. */
interface Draft {
  readonly index: number;
  readonly tokenIds: number[];
  readonly prompt: readonly number[];
}

/**
 * Lets a target write sequences, many side by side, each token drawn from its softmax. Two batches take
 * turns: while the host draws the tokens of one, the device makes the logits of the other.
 *
 * @param gpu Device.
 * @param args The target, two batches of sequences, and what to write.
 * @returns The sequences as they end, at an end token or where the batch's length is reached.
 */
export async function* writeSequences(
  gpu: Gpu,
  args: WriteSequencesOptions & {
    readonly target: Target;
    readonly batches: readonly [SequenceBatch, SequenceBatch];
  },
): AsyncGenerator<WrittenSequence> {
  let numBegun = 0;
  const begin = (): Draft | null => {
    const prompt = args.nextPrompt();
    if (prompt === null) return null;
    return { index: numBegun++, prompt, tokenIds: prompt.slice(0, 1) };
  };
  const [one, other] = args.batches;
  using first = new Writer(gpu, { ...args, sequences: one, begin });
  using second = new Writer(gpu, { ...args, sequences: other, begin });
  let [current, next] = [first, second];
  current.submit();
  while (current.isBusy || next.isBusy) {
    const pending = current.isSubmitted ? current.map() : null;
    next.submit();
    if (pending !== null) yield* current.take(await pending);
    [current, next] = [next, current];
  }
}

/** What a batch is written from. */
interface WriterArgs extends WriteSequencesOptions {
  readonly target: Target;
  readonly sequences: SequenceBatch;
  readonly begin: () => Draft | null;
}

/** One of the two batches. */
class Writer implements Disposable {
  /** Whether a pass is on the device whose logits were not read. */
  isSubmitted = false;
  readonly #gpu: Gpu;
  readonly #args: WriterArgs;
  readonly #staging: GPUBuffer;
  readonly #drafts: (Draft | null)[];
  #isOver = false;

  constructor(gpu: Gpu, args: WriterArgs) {
    this.#gpu = gpu;
    this.#args = args;
    const { numSequences } = args.sequences;
    this.#drafts = Array.from({ length: numSequences }, () => null);
    this.#staging = gpu.createBuffer(
      "logits to read",
      numSequences * args.target.config.vocabSize * 4,
      GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    );
  }

  /** Whether there is anything left to write. */
  get isBusy(): boolean {
    return !this.#isOver;
  }

  /** Begins sequences where there is room, and submits the pass for the next token of each. */
  submit(): void {
    const rows: BatchRow[] = [];
    for (const [sequence, draft] of this.#drafts.entries()) {
      const current = draft ?? this.#args.begin();
      this.#drafts[sequence] = current;
      if (current === null) continue;
      const position = current.tokenIds.length - 1;
      const token = current.tokenIds[position] ?? 0;
      rows.push({ sequence, position, token });
    }
    this.#isOver = rows.length === 0;
    if (this.#isOver) return;
    const { sequences, target } = this.#args;
    this.isSubmitted = true;
    const dispatches = sequences.forward(rows, { hasLogits: true });
    const numBytes = rows.length * target.config.vocabSize * 4;
    const { logits } = target.workspace;
    submitPass(
      this.#gpu,
      dispatches,
      (encoder) =>
        encoder.copyBufferToBuffer(logits, 0, this.#staging, 0, numBytes),
    );
  }

  map(): Promise<Float32Array<ArrayBuffer>> {
    return this.#staging.mapAsync(GPUMapMode.READ).then(() => {
      const bytes = this.#staging.getMappedRange().slice(0);
      this.#staging.unmap();
      return new Float32Array(bytes);
    }, (error) => {
      this.#gpu.throwIfLost();
      throw error;
    });
  }

  /** Draws the next token of each sequence; gives those that have ended. */
  *take(logits: Float32Array<ArrayBuffer>): Generator<WrittenSequence> {
    this.isSubmitted = false;
    const { endTokens, random, sequences, target } = this.#args;
    const { vocabSize } = target.config;
    let row = 0;
    for (const [sequence, draft] of this.#drafts.entries()) {
      if (draft === null) continue;
      const { index, prompt, tokenIds } = draft;
      const own = logits.subarray(row * vocabSize, (row + 1) * vocabSize);
      row++;
      const position = tokenIds.length;
      const isGiven = position < prompt.length;
      const token = isGiven
        ? prompt[position] ?? 0
        : drawToken(own, random(index, position));
      tokenIds.push(token);
      const isEnd = !isGiven && endTokens.includes(token);
      if (!isEnd && tokenIds.length < sequences.length) continue;
      this.#drafts[sequence] = null;
      yield { index, tokenIds, promptLength: prompt.length };
    }
  }

  [Symbol.dispose](): void {
    this.#gpu.destroyBuffer(this.#staging);
  }
}

/** The token at a share of the softmax's mass. */
function drawToken(logits: Float32Array<ArrayBuffer>, share: number): number {
  let highest = -Infinity;
  for (const logit of logits) highest = Math.max(highest, logit);
  let mass = 0;
  for (const logit of logits) mass += Math.exp(logit - highest);
  let rest = share * mass;
  let last = 0;
  for (let id = 0; id < logits.length; id++) {
    const weight = Math.exp((logits[id] ?? -Infinity) - highest);
    if (weight > 0) last = id;
    rest -= weight;
    if (rest < 0) return id;
  }
  // Rounding can leave a little of the mass.
  return last;
}
