import { answerChat } from "./answer_chat.ts";
import { answerCompletion } from "./answer_completion.ts";
import { answerDetokenize, answerTokenize } from "./answer_tokens.ts";
import { answerDraftTree } from "./answer_draft_tree.ts";
import { answerEmbeddings } from "./answer_embeddings.ts";
import { answerModel, answerModels } from "./answer_models.ts";
import { ApiError } from "./api_error.ts";
import type { Exchange } from "./exchange.ts";
import type { Service } from "./service.ts";

/** One thing that can be asked. */
export interface Route {
  /** Its path, as metrics name it. */
  readonly name: string;
  /** Whether a path is its own. Default: it is the name. */
  readonly path?: RegExp;
  /** The method that it has; a GET has HEAD, too. */
  readonly method: "GET" | "POST";
  /** Needs no key, as it says nothing of models or requests. */
  readonly isOpen?: boolean;
  /** Answers a request. */
  readonly answer: (
    service: Service,
    exchange: Exchange,
  ) => Response | Promise<Response>;
}

const ROUTES: readonly Route[] = [
  { name: "/v1/models", method: "GET", answer: answerModels },
  {
    name: "/v1/models/{id}",
    path: /^\/v1\/models\/.+$/,
    method: "GET",
    answer: answerModel,
  },
  { name: "/v1/chat/completions", method: "POST", answer: answerChat },
  { name: "/v1/completions", method: "POST", answer: answerCompletion },
  { name: "/v1/embeddings", method: "POST", answer: answerEmbeddings },
  { name: "/v1/draft_tree", method: "POST", answer: answerDraftTree },
  { name: "/tokenize", method: "POST", answer: answerTokenize },
  { name: "/detokenize", method: "POST", answer: answerDetokenize },
  {
    name: "/health",
    method: "GET",
    isOpen: true,
    answer: () => Response.json({ status: "ok" }),
  },
  { name: "/ready", method: "GET", isOpen: true, answer: answerReady },
  {
    name: "/metrics",
    method: "GET",
    answer: ({ metrics }) => metrics.toResponse(),
  },
];

/**
 * Finds what a request asks for.
 *
 * @param method Its method.
 * @param path Its path.
 * @returns The route.
 * @throws {ApiError} There is none, or it has another method.
 */
export function findRoute(method: string, path: string): Route {
  const route = ROUTES.find(({ name, path: own }) =>
    own?.test(path) ?? name === path
  );
  if (route === undefined) {
    throw new ApiError(`Invalid URL (${method} ${path.slice(0, 100)})`, {
      status: 404,
      code: "unknown_url",
    });
  }
  const own = method === "HEAD" ? "GET" : method;
  if (route.method === own) return route;
  throw new ApiError(
    `Not allowed to ${method} on ${route.name}: expected ${route.method}.`,
    {
      status: 405,
      code: "method_not_allowed",
      headers: { allow: route.method },
    },
  );
}

/** Whether requests would be answered now, for whoever sends them somewhere. */
function answerReady({ isReady }: Service): Response {
  return isReady
    ? Response.json({ status: "ready" })
    : Response.json({ status: "not ready" }, { status: 503 });
}
