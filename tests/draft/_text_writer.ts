import type { Elem } from "../../src/gpu/shader.ts";
import { Gpu } from "../../src/gpu/gpu.ts";
import { HASH_BYTES, HashedSession } from "./_hashed_session.ts";
import { GREEDY, MAX_NODES, type SamplingParams } from "../../src/ops/mod.ts";
import { openCheckpoint } from "../../src/checkpoint/mod.ts";
import {
  type Drafter,
  openDrafter,
  type ResolvedTree,
} from "../../src/draft/mod.ts";
import { FixedPolicy } from "../../src/decode/fixed_policy.ts";
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

/** Who drafts, and trees of what shape. */
export interface DraftingOptions {
  /** Directory of the drafter. */
  readonly drafter: URL;
  readonly tree: ResolvedTree;
}

/** What to write. */
export interface WriteOptions {
  readonly prompts: readonly (readonly number[])[];
  readonly maxTokens: number;
  /** The prompt's index is added to its seed. */
  readonly sampling: Partial<SamplingParams>;
  readonly drafting: DraftingOptions | null;
}

interface Slot extends Disposable {
  readonly session: HashedSession;
  readonly readBacks: readonly [ReadBack, ReadBack];
}

/** stories260k on a device, writing several texts at once. */
export class TextWriter implements Disposable {
  readonly #gpu: Gpu;
  readonly #target: Target;
  readonly #drafters = new Map<string, Promise<Drafter>>();

  private constructor(gpu: Gpu, target: Target) {
    this.#gpu = gpu;
    this.#target = target;
  }

  /** Loads the model; unless it can draft, it checks one row a pass, as users' does without a drafter. */
  static async open(
    options: {
      readonly elem: Elem;
      readonly contextLength: number;
      readonly canDraft: boolean;
    },
  ): Promise<TextWriter> {
    using checkpoint = await openCheckpoint(STORIES);
    const gpu = await Gpu.open();
    try {
      const target = await Target.load(gpu, checkpoint, {
        elem: options.elem,
        contextLength: options.contextLength,
        maxRows: MAX_ROWS,
        maxLogitRows: options.canDraft ? MAX_NODES : 1,
        onProgress: () => {},
      });
      return new TextWriter(gpu, target);
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
    const work = async (): Promise<void> => {
      using slot = await this.#openSlot(options.drafting);
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
      await this.#gpu.device.queue.onSubmittedWorkDone();
    };
    const numSlots = Math.min(NUM_SESSIONS, prompts.length);
    await Promise.all(Array.from({ length: numSlots }, work));
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
      gears: new FixedPolicy(session.gear).start(),
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

  async #openSlot(options: DraftingOptions | null): Promise<Slot> {
    const gpu = this.#gpu;
    const drafting = options && {
      drafter: await this.#openDrafter(options.drafter),
      tree: options.tree,
    };
    const session = await HashedSession.open(gpu, this.#target, drafting);
    const readBacks = [new ReadBack(gpu), new ReadBack(gpu)] as const;
    return {
      session,
      readBacks,
      [Symbol.dispose]: () => {
        for (const owned of [session, ...readBacks]) owned[Symbol.dispose]();
      },
    };
  }

  #openDrafter({ href }: URL): Promise<Drafter> {
    const drafter = this.#drafters.get(href) ??
      openDrafter(this.#gpu, this.#target, { directory: new URL(href) });
    this.#drafters.set(href, drafter);
    return drafter;
  }

  /** Frees the device and everything on it. */
  [Symbol.dispose](): void {
    this.#gpu[Symbol.dispose]();
  }
}
