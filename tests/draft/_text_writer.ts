import type { Drafting } from "../../src/decode/session.ts";
import type { Elem } from "../../src/gpu/shader.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { GREEDY } from "./_draft_run.ts";
import { HASH_BYTES, HashedSession } from "./_hashed_session.ts";
import { MAX_NODES, type SamplingParams } from "../../src/ops/mod.ts";
import { openCheckpoint } from "../../src/checkpoint/mod.ts";
import { openDrafter, type ResolvedTree } from "../../src/draft/mod.ts";
import { ReadBack } from "../../src/decode/read_back.ts";
import { readBuffer } from "../../src/gpu/read_buffer.ts";
import { runRounds } from "../../src/decode/run_rounds.ts";
import { Target } from "../../src/model/mod.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);
const MAX_ROWS = 64;
/** Texts written side by side, so that the device works while the host waits for one of them. */
const NUM_SESSIONS = 8;

/** What a model wrote behind a prompt. */
export interface WrittenText {
  readonly tokens: readonly number[];
  /** Of each token. */
  readonly logProbs: readonly number[];
  /** Two words for each token: a hash of all logits that it was chosen by. */
  readonly hashes: Uint32Array;
  /** Target passes behind the prompt's. */
  readonly numRounds: number;
}

/** What to write. */
export interface WriteOptions {
  readonly prompts: readonly (readonly number[])[];
  readonly maxTokens: number;
  /** The prompt's index is added to its seed. */
  readonly sampling: Partial<SamplingParams>;
}

interface Slot {
  readonly session: HashedSession;
  readonly readBacks: readonly [ReadBack, ReadBack];
}

/** The default model, writing several texts at once, with a drafter or without. */
export class TextWriter implements Disposable {
  readonly #gpu: Gpu;
  readonly #target: Target;
  readonly #drafting: Drafting | null;
  readonly #slots: Slot[] = [];

  private constructor(gpu: Gpu, target: Target, drafting: Drafting | null) {
    this.#gpu = gpu;
    this.#target = target;
    this.#drafting = drafting;
  }

  /** Loads the model, and a drafter where there is one. */
  static async open(
    options: {
      readonly elem: Elem;
      readonly contextLength: number;
      readonly drafting: {
        readonly drafter: URL;
        readonly tree: ResolvedTree;
      } | null;
    },
  ): Promise<TextWriter> {
    const { drafting } = options;
    using checkpoint = await openCheckpoint(STORIES);
    const gpu = await Gpu.open();
    try {
      const target = await Target.load(gpu, checkpoint, {
        elem: options.elem,
        contextLength: options.contextLength,
        maxRows: MAX_ROWS,
        // Alone, the model checks one row a pass, as users' does.
        maxLogitRows: drafting === null ? 1 : MAX_NODES,
        onProgress: () => {},
      });
      return new TextWriter(
        gpu,
        target,
        drafting && {
          drafter: await openDrafter(gpu, target, drafting.drafter),
          tree: drafting.tree,
        },
      );
    } catch (error) {
      gpu[Symbol.dispose]();
      throw error;
    }
  }

  /** Continues each prompt by as many tokens as asked for, past any end of text. */
  async write(options: WriteOptions): Promise<WrittenText[]> {
    const { prompts, maxTokens } = options;
    const rowBytes = maxTokens * HASH_BYTES;
    const hashes = this.#gpu.createBuffer("all", prompts.length * rowBytes);
    const texts: Omit<WrittenText, "hashes">[] = [];
    const waiting = prompts.keys();
    const work = async (slot: Slot): Promise<void> => {
      for (const index of waiting) {
        const prompt = prompts[index] ?? [];
        texts[index] = await this.#writeOne(slot, { ...options, index });
        const encoder = this.#gpu.device.createCommandEncoder();
        encoder.copyBufferToBuffer(
          slot.session.hashes,
          (prompt.length - 1) * HASH_BYTES,
          hashes,
          index * rowBytes,
          rowBytes,
        );
        this.#gpu.device.queue.submit([encoder.finish()]);
      }
    };
    while (this.#slots.length < Math.min(NUM_SESSIONS, prompts.length)) {
      this.#slots.push(await this.#addSlot());
    }
    await Promise.all(this.#slots.map(work));
    const words = new Uint32Array(await readBuffer(this.#gpu, hashes));
    this.#gpu.destroyBuffer(hashes);
    return texts.map((text, index) => ({
      ...text,
      hashes: words.slice(2 * maxTokens * index, 2 * maxTokens * (index + 1)),
    }));
  }

  async #writeOne(
    { session, readBacks }: Slot,
    options: WriteOptions & { readonly index: number },
  ): Promise<Omit<WrittenText, "hashes">> {
    const { index, maxTokens, sampling } = options;
    const prompt = options.prompts[index] ?? [];
    const seed = (sampling.seed ?? 0) + index;
    session.start({
      prompt,
      sampling: { ...GREEDY, ...sampling, seed },
      logitBias: new Map(),
      maxTokens,
      endTokens: [],
      ignoreEos: true,
      logProbs: true,
    });
    const batches = runRounds(this.#gpu, session, {
      ids: prompt,
      firstPosition: 0,
      maxRows: MAX_ROWS,
      maxTokens,
      readBacks,
      signal: undefined,
    });
    const tokens: number[] = [];
    const logProbs: number[] = [];
    let numRounds = 0;
    for await (const batch of batches) {
      for (const { id, logProb, round } of batch.tokens) {
        tokens.push(id);
        logProbs.push(logProb);
        numRounds = round;
      }
    }
    return { tokens, logProbs, numRounds };
  }

  async #addSlot(): Promise<Slot> {
    const gpu = this.#gpu;
    const session = await HashedSession.open(gpu, this.#target, this.#drafting);
    return { session, readBacks: [new ReadBack(gpu), new ReadBack(gpu)] };
  }

  /** Frees the device and everything on it. */
  [Symbol.dispose](): void {
    this.#gpu[Symbol.dispose]();
  }
}
