import type {
  ChatTemplate,
  Chunk,
  DraftTree,
  GenerateOptions,
  GenerateStatistics,
  SamplingOptions,
  Tokenizer,
} from "../decode/mod.ts";
import { abortedStatistics } from "../decode/aborted_statistics.ts";
import { chooseLane } from "./choose_lane.ts";
import type { ModelFacts } from "./worker_protocol.ts";
import { workerGeneration } from "./worker_generation.ts";
import type { WorkerLane } from "./worker_lane.ts";
import type { WorkerModel } from "./worker_model.ts";

/** What the main thread knows of a model that Workers run. */
export interface LanesModelParts extends ModelFacts {
  /** Name that clients use. */
  readonly id: string;
  /** Between text and ids. */
  readonly tokenizer: Tokenizer;
  /** From messages to text, or null where the model has none. */
  readonly chatTemplate: ChatTemplate | null;
  /** Who runs it. */
  readonly lanes: readonly [WorkerLane, ...WorkerLane[]];
}

/** {@linkcode WorkerModel} over lanes of Workers. */
export class LanesModel implements WorkerModel {
  /** Name that clients use. */
  readonly id: string;
  /** Sizes and end-of-text ids. */
  readonly config: ModelFacts["config"];
  /** Between text and ids. */
  readonly tokenizer: Tokenizer;
  /** From messages to text, or null where the model has none. */
  readonly chatTemplate: ChatTemplate | null;
  /** Most tokens in a sequence, prompt included. */
  readonly contextLength: number;
  /** Number type of weights and activations. */
  readonly dtype: ModelFacts["dtype"];
  /** Kind of drafter at work, or null. */
  readonly drafter: ModelFacts["drafter"];
  /** Name of the device. */
  readonly deviceName: string;
  readonly #lanes: LanesModelParts["lanes"];

  /** @param parts What is known of the model, and who runs it. */
  constructor(parts: LanesModelParts) {
    this.id = parts.id;
    this.config = parts.config;
    this.tokenizer = parts.tokenizer;
    this.chatTemplate = parts.chatTemplate;
    this.contextLength = parts.contextLength;
    this.dtype = parts.dtype;
    this.drafter = parts.drafter;
    this.deviceName = parts.deviceName;
    this.#lanes = parts.lanes;
  }

  /** See {@linkcode WorkerModel.isReady}. */
  get isReady(): boolean {
    return this.#lanes.some(({ state }) => state === "ready");
  }

  /** See {@linkcode WorkerModel.numRunning}. */
  get numRunning(): number {
    return this.#lanes.reduce((sum, { numRunning }) => sum + numRunning, 0);
  }

  /** See {@linkcode WorkerModel.numRestarts}. */
  get numRestarts(): number {
    return this.#lanes.reduce((sum, { numRestarts }) => sum + numRestarts, 0);
  }

  /** See {@linkcode Model.generate}. */
  async *generate(
    prompt: string | readonly number[],
    options: GenerateOptions = {},
  ): AsyncGenerator<Chunk, GenerateStatistics> {
    const calledMs = performance.now();
    const { signal, ...others } = options;
    const ids = this.#encode(prompt);
    const lane = chooseLane(this.#lanes, ids);
    using _place = lane.enter(ids);
    try {
      const link = await lane.link(signal);
      const args = { prompt: ids, options: others, signal };
      return yield* workerGeneration(link, args);
    } catch (error) {
      // Before the Worker was there: from then on, a generation that is aborted ends by itself.
      if (!signal?.aborted || error !== signal.reason) throw error;
      const { seed = 0 } = options;
      return abortedStatistics({ prompt: ids, seed, calledMs });
    }
  }

  /** See {@linkcode Model.draftTree}. */
  async draftTree(
    prompt: string | readonly number[],
    options: SamplingOptions = {},
  ): Promise<DraftTree> {
    const ids = this.#encode(prompt);
    const lane = chooseLane(this.#lanes, ids);
    using _place = lane.enter(ids);
    const link = await lane.link();
    return await link.call({ name: "draftTree", prompt: ids, options }).result;
  }

  /** See {@linkcode Model.embed}. */
  async embed(ids: readonly number[]): Promise<Float32Array<ArrayBuffer>> {
    const lane = chooseLane(this.#lanes, ids);
    using _place = lane.enter(ids);
    const link = await lane.link();
    return await link.call({ name: "embed", ids }).result;
  }

  #encode(prompt: string | readonly number[]): readonly number[] {
    return typeof prompt === "string" ? this.tokenizer.encode(prompt) : prompt;
  }

  /** Ends the Workers; what they run fails with a `ServiceError` of the kind `closing`. */
  [Symbol.asyncDispose](): Promise<void> {
    for (const lane of this.#lanes) lane.close();
    return Promise.resolve();
  }
}
