import { countCommon } from "./count_common.ts";
import type { Drafting } from "./drafting.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { ReadBack } from "./read_back.ts";
import { Session } from "./session.ts";
import type { Target } from "../model/mod.ts";

/** A session with the staging buffers that read it. */
export interface SessionSlot {
  readonly session: Session;
  readonly readBacks: readonly [ReadBack, ReadBack];
}

/** What new sessions are made of. */
export interface SessionPoolArgs {
  /** Model that they run. */
  readonly target: Target;
  /** Who drafts, and trees of what shape, or null. */
  readonly drafting: Drafting | null;
  /** A first session, ready for use. */
  readonly session: Session;
}

/** The sessions of a model: as many as are used side by side at most. */
export class SessionPool {
  readonly #gpu: Gpu;
  readonly #args: SessionPoolArgs;
  readonly #slots: SessionSlot[] = [];

  /**
   * @param gpu Device.
   * @param args What new sessions are made of.
   */
  constructor(gpu: Gpu, args: SessionPoolArgs) {
    this.#gpu = gpu;
    this.#args = args;
    this.#add(args.session);
  }

  /**
   * Takes the idle session whose cache begins most like the prompt, or makes one; marks it as busy before
   * anything is awaited, so that no other generation takes it too. Who is done says so: `isBusy = false`.
   *
   * @param prompt Ids.
   * @returns The session.
   * @throws {GpuError} If memory runs out.
   */
  async acquire(prompt: readonly number[]): Promise<SessionSlot> {
    const idle = this.#slots
      .filter(({ session }) => !session.isBusy)
      .map((slot) => ({
        slot,
        numCommon: countCommon(slot.session.cachedTokens, prompt),
      }))
      .sort((a, b) => b.numCommon - a.numCommon);
    const found = idle[0]?.slot;
    if (found !== undefined) {
      found.session.isBusy = true;
      return found;
    }
    const { target, drafting } = this.#args;
    return await this.#gpu.guard("allocate a session", () => {
      const slot = this.#add(new Session(this.#gpu, target, drafting));
      slot.session.isBusy = true;
      return slot;
    });
  }

  #add(session: Session): SessionSlot {
    const slot: SessionSlot = {
      session,
      readBacks: [new ReadBack(this.#gpu), new ReadBack(this.#gpu)],
    };
    this.#slots.push(slot);
    return slot;
  }
}
