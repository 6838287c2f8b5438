import type { Gpu } from "../gpu/gpu.ts";
import type { Session } from "./session.ts";
import { warmUp } from "./warm_up.ts";

/** Which of a model's kernels are compiled: where trees were given up, those for them wait until trees are tried again. */
export class Warmth {
  readonly #gpu: Gpu;
  #all: Promise<void> | null = null;

  /** @param gpu Device. */
  constructor(gpu: Gpu) {
    this.#gpu = gpu;
  }

  /**
   * Compiles what plain decoding needs.
   *
   * @param session An idle session.
   * @param onProgress Called after each step, with the number of steps.
   * @throws As {@linkcode warmUp} does.
   */
  async plain(
    session: Session,
    onProgress: (done: number, total: number) => void,
  ): Promise<void> {
    await warmUp(this.#gpu, session, { gears: [], onProgress });
  }

  /**
   * Compiles all that is not compiled yet.
   *
   * @param session An idle session.
   * @param onProgress Called after each step, with the number of steps. Default: nobody is told.
   * @throws As {@linkcode warmUp} does.
   */
  all(
    session: Session,
    onProgress: (done: number, total: number) => void = () => {},
  ): Promise<void> {
    return this.#all ??= warmUp(this.#gpu, session, { onProgress });
  }
}
