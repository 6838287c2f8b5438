import { countCommon } from "./count_common.ts";
import type { Drafting } from "./drafting.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { GpuError } from "../gpu/gpu_error.ts";
import { ReadBack } from "./read_back.ts";
import { Session } from "./session.ts";
import type { Target } from "../model/mod.ts";

/** A session with the staging buffers that read it. */
export interface SessionSlot {
  /** The session. */
  readonly session: Session;
  /** Its staging buffers. */
  readonly readBacks: readonly [ReadBack, ReadBack];
}

/** An idle slot, and how its cache compares with a prompt. */
interface Candidate {
  readonly slot: SessionSlot;
  /** Ids that both begin with. */
  readonly numShared: number;
  /** Cached ids that the prompt would overwrite. */
  readonly numLost: number;
}

/**
 * Sessions of a model, at most so many, and who waits for one, first come, first served. Idle ones keep their caches for
 * prompts that begin alike.
 */
export class SessionPool {
  readonly #gpu: Gpu;
  readonly #target: Target;
  readonly #drafting: Drafting | null;
  /** Those that no generation uses, the least recently used first. */
  readonly #idle = new Set<SessionSlot>();
  readonly #waiting = new Set<(slot: SessionSlot) => void>();
  #maxSessions: number;
  #numSessions: number;

  /**
   * @param gpu Device.
   * @param args The model, who drafts, a first session, and how many there may be.
   */
  constructor(
    gpu: Gpu,
    args: {
      readonly target: Target;
      readonly drafting: Drafting | null;
      readonly session: Session;
      readonly maxSessions: number;
    },
  ) {
    this.#gpu = gpu;
    this.#target = args.target;
    this.#drafting = args.drafting;
    this.#maxSessions = args.maxSessions;
    this.#numSessions = 1;
    this.#idle.add(this.#adopt(args.session));
  }

  /** Sessions that generations use. */
  get numBusy(): number {
    return this.#numSessions - this.#idle.size;
  }

  /**
   * Takes a session for a prompt:
   *
   * 1. an idle one whose cache has at least half of the prompt, the one that has most of it;
   * 2. else one whose cache is no loss, since one pass makes it again;
   * 3. else a new one, where more are allowed and the device's memory suffices;
   * 4. else the one that was used least recently; where all are busy, the next that is released.
   *
   * @param prompt Ids.
   * @param signal Gives up waiting: the promise is rejected with its reason.
   * @returns The session, to be released.
   * @throws {GpuError} If the device is lost.
   */
  async acquire(
    prompt: readonly number[],
    signal?: AbortSignal,
  ): Promise<SessionSlot> {
    const idle = this.#compare(prompt);
    const fitting =
      idle.find(({ numShared }) => 2 * numShared >= prompt.length) ??
        idle.find(({ numLost }) => numLost <= this.#target.workspace.maxRows);
    if (fitting !== undefined) return this.#take(fitting.slot);
    if (this.#numSessions < this.#maxSessions) {
      const slot = await this.#create();
      if (slot !== null) return slot;
    }
    // While memory was tried, others may have come and gone.
    const [oldest] = this.#idle;
    return oldest === undefined ? await this.#wait(signal) : this.#take(oldest);
  }

  /**
   * Gives a session back, to whoever waits longest.
   *
   * @param slot What {@linkcode SessionPool.acquire} returned.
   */
  release(slot: SessionSlot): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#idle.add(slot);
      return;
    }
    this.#waiting.delete(next);
    next(slot);
  }

  /**
   * Lends a session to an action.
   *
   * @param prompt Ids.
   * @param action What to do with it.
   * @returns What the action returns.
   * @throws {GpuError} If the device is lost.
   */
  async use<T>(
    prompt: readonly number[],
    action: (session: Session) => Promise<T>,
  ): Promise<T> {
    const slot = await this.acquire(prompt);
    try {
      return await action(slot.session);
    } catch (error) {
      throw await this.#gpu.explain(error);
    } finally {
      this.release(slot);
    }
  }

  /** The idle ones, those that share most with a prompt first, the least recently used of equal ones first. */
  #compare(prompt: readonly number[]): Candidate[] {
    return [...this.#idle].map((slot) => {
      const { cachedTokens } = slot.session;
      const numShared = countCommon(cachedTokens, prompt);
      return { slot, numShared, numLost: cachedTokens.length - numShared };
    }).sort((a, b) => b.numShared - a.numShared);
  }

  #take(slot: SessionSlot): SessionSlot {
    this.#idle.delete(slot);
    return slot;
  }

  /** Makes a session; null where memory does not suffice, which is not tried again. */
  async #create(): Promise<SessionSlot | null> {
    // Counted before anything is awaited, so that no more are made than may be.
    this.#numSessions++;
    let made: SessionSlot | null = null;
    try {
      return await this.#gpu.guard("allocate a session", () => {
        made = this.#adopt(
          new Session(this.#gpu, this.#target, this.#drafting),
        );
        return made;
      });
    } catch (error) {
      this.#numSessions--;
      if (made !== null) this.#free(made);
      const isFull = error instanceof GpuError &&
        error.kind === "out-of-memory";
      if (!isFull) throw error;
      this.#maxSessions = this.#numSessions;
      return null;
    }
  }

  #free({ session, readBacks }: SessionSlot): void {
    session[Symbol.dispose]();
    for (const readBack of readBacks) readBack[Symbol.dispose]();
  }

  #adopt(session: Session): SessionSlot {
    return {
      session,
      readBacks: [new ReadBack(this.#gpu), new ReadBack(this.#gpu)],
    };
  }

  async #wait(signal: AbortSignal | undefined): Promise<SessionSlot> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<SessionSlot>();
    const abort = (): void => {
      // At once, so that no session is given to who has left.
      this.#waiting.delete(resolve);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", abort);
    this.#waiting.add(resolve);
    try {
      return await promise;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }
}
