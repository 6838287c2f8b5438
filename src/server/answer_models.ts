import type { Exchange } from "./exchange.ts";
import type { ServedEntry, Service } from "./service.ts";

/** Answers `GET /v1/models`. */
export function answerModels(service: Service): Response {
  return Response.json({
    object: "list",
    data: [...service.entries.values()]
      .map((entry) => describeModel(service, entry)),
  });
}

/** Answers `GET /v1/models/{id}`, whose id may have slashes in it. */
export function answerModel(service: Service, exchange: Exchange): Response {
  const name = exchange.url.pathname.replace(/^\/v1\/models\//, "");
  return Response.json(describeModel(service, service.find(decode(name))));
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    // No model is called by half an escape.
    return name;
  }
}

function describeModel(service: Service, { model }: ServedEntry): object {
  return {
    id: model.id,
    object: "model",
    created: service.startedSeconds,
    owned_by: "jakiro",
    max_model_len: model.contextLength,
    dtype: model.dtype,
    drafter: model.drafter,
    has_chat_template: model.chatTemplate !== null,
  };
}
