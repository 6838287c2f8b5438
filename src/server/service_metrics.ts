import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Admission } from "./admission.ts";

/** What a served model is called, and what tells how busy it is. */
export interface MeteredModel {
  /** Name that clients use. */
  readonly id: string;
  /** Lets its requests in. */
  readonly admission: Admission;
  /** Workers that were started because one had ended. */
  readonly numRestarts: () => number;
}

const TIME_BUCKETS = [
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
  5,
  10,
  30,
  60,
  120,
  300,
  600,
];
const TOKEN_TIME_BUCKETS = [
  0.001,
  0.002,
  0.005,
  0.01,
  0.02,
  0.05,
  0.1,
  0.2,
  0.5,
  1,
  2,
  5,
];

/** What a service counts and measures, for Prometheus. */
export class ServiceMetrics {
  readonly #registry = new Registry();
  /** Requests answered. */
  readonly requests: Counter<"route" | "status"> = new Counter({
    name: "jakiro_http_requests_total",
    help: "Requests answered, by route and status",
    labelNames: ["route", "status"],
    registers: [this.#registry],
  });
  /** How long requests took. */
  readonly requestSeconds: Histogram<"route"> = new Histogram({
    name: "jakiro_http_request_duration_seconds",
    help: "Time from a request to the end of its response",
    labelNames: ["route"],
    buckets: TIME_BUCKETS,
    registers: [this.#registry],
  });
  /** Tokens of prompts. */
  readonly promptTokens = this.#counter(
    "jakiro_prompt_tokens_total",
    "Tokens of prompts",
  );
  /** Tokens of prompts that were in a cache. */
  readonly cachedTokens = this.#counter(
    "jakiro_cached_prompt_tokens_total",
    "Tokens of prompts that needed no pass as an earlier request had begun alike",
  );
  /** Tokens generated. */
  readonly completionTokens = this.#counter(
    "jakiro_completion_tokens_total",
    "Tokens generated",
  );
  /** Tokens drafted. */
  readonly draftedTokens = this.#counter(
    "jakiro_drafted_tokens_total",
    "Tokens that the drafter proposed",
  );
  /** Tokens drafted and accepted. */
  readonly acceptedTokens = this.#counter(
    "jakiro_accepted_tokens_total",
    "Tokens that the drafter proposed and the model accepted",
  );
  /** Target passes. */
  readonly rounds = this.#counter(
    "jakiro_rounds_total",
    "Passes of the model that generated tokens",
  );
  /** Time from a request to its first token. */
  readonly firstTokenSeconds: Histogram<"model"> = new Histogram({
    name: "jakiro_time_to_first_token_seconds",
    help:
      "Time from a request to its first token, waiting for a place included",
    labelNames: ["model"],
    buckets: TIME_BUCKETS,
    registers: [this.#registry],
  });
  /** Time between tokens. */
  readonly tokenSeconds: Histogram<"model"> = new Histogram({
    name: "jakiro_time_per_output_token_seconds",
    help:
      "Time between two tokens of an answer: that between two of its pieces, shared by the tokens of the second",
    labelNames: ["model"],
    buckets: TOKEN_TIME_BUCKETS,
    registers: [this.#registry],
  });

  /** @param models Those that are served. */
  constructor(models: readonly MeteredModel[]) {
    this.#gauge(models, {
      name: "jakiro_requests_running",
      help: "Answers that are being generated",
      value: ({ admission }) => admission.numRunning,
    });
    this.#gauge(models, {
      name: "jakiro_requests_queued",
      help: "Answers that wait for a place to run",
      value: ({ admission }) => admission.numQueued,
    });
    new Counter({
      name: "jakiro_worker_restarts_total",
      help: "Workers that were started because one had ended",
      labelNames: ["model"],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { id, numRestarts } of models) {
          this.inc({ model: id }, numRestarts());
        }
      },
    });
  }

  /** Answers a request for all of it. */
  async toResponse(): Promise<Response> {
    return new Response(await this.#registry.metrics(), {
      headers: { "content-type": this.#registry.contentType },
    });
  }

  #counter(name: string, help: string): Counter<"model"> {
    return new Counter({
      name,
      help,
      labelNames: ["model"],
      registers: [this.#registry],
    });
  }

  #gauge(
    models: readonly MeteredModel[],
    { name, help, value }: {
      readonly name: string;
      readonly help: string;
      readonly value: (model: MeteredModel) => number;
    },
  ): void {
    new Gauge({
      name,
      help,
      labelNames: ["model"],
      registers: [this.#registry],
      collect() {
        for (const model of models) this.set({ model: model.id }, value(model));
      },
    });
  }
}
