import { Admission } from "./admission.ts";
import { ApiError } from "./api_error.ts";
import type { Fields } from "./fields.ts";
import {
  DEFAULT_LIMITS,
  type HandlerLimits,
  type HandlerOptions,
} from "./handler_options.ts";
import { modelFingerprint } from "./model_fingerprint.ts";
import type { ServedModel } from "./served_model.ts";
import { ServiceMetrics } from "./service_metrics.ts";

/** A model that is served, and who may use it when. */
export interface ServedEntry {
  /** The model. */
  readonly model: ServedModel;
  /** Lets its requests in. */
  readonly admission: Admission;
  /** Tells clients when answers to the same request may differ. */
  readonly fingerprint: string;
}

/** As many as a model runs side by side by itself. */
const DEFAULT_RUNNING = 8;
const DEFAULT_QUEUED = 64;

/** What all requests of a handler share. */
export class Service {
  /** Models by name. */
  readonly entries: ReadonlyMap<string, ServedEntry>;
  /** Bounds of what a request may ask for. */
  readonly limits: HandlerLimits;
  /** What is counted and measured. */
  readonly metrics: ServiceMetrics;
  /** When it began, in seconds since 1970. */
  readonly startedSeconds: number = Math.floor(Date.now() / 1000);
  /** Puts prompts into the records of requests. */
  readonly logsPrompts: boolean;
  readonly #closing: AbortSignal | undefined;

  /**
   * @param models Those that are served, each with a name of its own.
   * @param options Limits.
   * @throws {RangeError} There is no model, or two have one name, or a limit is out of range.
   */
  constructor(models: readonly ServedModel[], options: HandlerOptions) {
    const { maxRunning = DEFAULT_RUNNING, maxQueued = DEFAULT_QUEUED } =
      options;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.logsPrompts = options.logsPrompts ?? false;
    this.entries = new Map(models.map((model) => [model.id, {
      model,
      admission: new Admission({ maxRunning, maxQueued }),
      fingerprint: modelFingerprint(model),
    }]));
    if (models.length === 0 || this.entries.size < models.length) {
      throw new RangeError(
        `Cannot serve models as each must have a name of its own, and one must be there: ${
          models.map(({ id }) => JSON.stringify(id)).join(", ") || "none is"
        }`,
      );
    }
    this.metrics = new ServiceMetrics(
      [...this.entries.values()].map(({ model, admission }) => ({
        id: model.id,
        admission,
        numRestarts: () => model.numRestarts ?? 0,
      })),
    );
    this.#closing = options.closing;
    const admissions = [...this.entries.values()]
      .map(({ admission }) => admission);
    const close = (): void => {
      for (const admission of admissions) admission.close();
    };
    Promise.all(admissions.map(({ drained }) => drained))
      .then(options.onDrained);
    if (options.closing?.aborted) close();
    options.closing?.addEventListener("abort", close, { once: true });
  }

  /** Whether requests can be answered now. */
  get isReady(): boolean {
    if (this.#closing?.aborted) return false;
    return [...this.entries.values()]
      .every(({ model }) => model.isReady ?? true);
  }

  /**
   * Finds the model that a request names.
   *
   * @param fields Its body.
   * @returns The model.
   * @throws {ApiError} None is named, or none is called so.
   */
  modelOf(fields: Fields): ServedEntry {
    return this.find(fields.requiredString("model"));
  }

  /**
   * Finds a model.
   *
   * @param id Its name.
   * @returns The model.
   * @throws {ApiError} None is called so.
   */
  find(id: string): ServedEntry {
    const entry = this.entries.get(id);
    if (entry !== undefined) return entry;
    const served = [...this.entries.keys()].map((name) => `'${name}'`);
    throw new ApiError(
      `The model '${id.slice(0, 100)}' does not exist: expected ${
        served.join(" or ")
      }.`,
      { status: 404, param: "model", code: "model_not_found" },
    );
  }
}
