import { answerPreflight, corsHeaders } from "./cors.ts";
import { checkHost } from "./check_host.ts";
import { createKeyCheck } from "./check_key.ts";
import { Exchange } from "./exchange.ts";
import { findRoute } from "./routes.ts";
import { DEFAULT_DEADLINE_MS, type HandlerOptions } from "./handler_options.ts";
import { readPageFile } from "./page_files.ts";
import type { ServedModel } from "./served_model.ts";
import { Service } from "./service.ts";

/**
 * Makes the handler of an HTTP service that speaks the OpenAI API, to be mounted anywhere that takes a function from
 * request to response.
 *
 * @param models Models to serve, each with a name of its own.
 * @param options Keys, limits, and what to call when a request was answered.
 * @returns The handler; it never throws.
 * @throws {RangeError} There is no model, or a limit or key is no such thing.
 *
 * @example
 * ```ts ignore
 * await using model = await openWorkerModel({ id: "chat", load: {} });
 * Deno.serve({ hostname: "127.0.0.1" }, createHandler([model], { apiKeys: ["secret"] }));
 * ```
 */
export function createHandler(
  models: readonly ServedModel[],
  options: HandlerOptions = {},
): (request: Request) => Promise<Response> {
  const { deadlineMs = DEFAULT_DEADLINE_MS, corsOrigins = [] } = options;
  const { onAccess = () => {}, onError = writeError, allowedHosts } = options;
  const service = new Service(models, options);
  const checkKey = createKeyCheck(options.apiKeys ?? []);
  return async (request) => {
    const exchange = new Exchange(request, {
      deadlineMs,
      onFinish: finish,
      onError,
    });
    const cors = corsHeaders(request, corsOrigins);
    const response = await answer(exchange, cors);
    for (const [name, value] of Object.entries(cors)) {
      response.headers.set(name, value);
    }
    response.headers.set("x-request-id", exchange.id);
    response.headers.set("x-content-type-options", "nosniff");
    if (!exchange.isStreaming) exchange.finish(response.status);
    return response;
  };

  async function answer(
    exchange: Exchange,
    cors: Readonly<Record<string, string>>,
  ): Promise<Response> {
    const { request, url } = exchange;
    try {
      checkHost(url, allowedHosts);
      if (request.method === "OPTIONS") return answerPreflight(request, cors);
      const page = await readPage(request, url);
      if (page !== null) return page;
      const route = findRoute(request.method, url.pathname);
      exchange.route = route.name;
      if (!route.isOpen) checkKey(request);
      return await route.answer(service, exchange);
    } catch (error) {
      return exchange.fail(error).toResponse();
    }
  }

  function finish(exchange: Exchange, status: number): void {
    const { metrics } = service;
    const { route } = exchange;
    metrics.requests.inc({ route, status });
    metrics.requestSeconds.observe({ route }, exchange.elapsedMs / 1000);
    onAccess(exchange.record(status));
  }
}

async function readPage(request: Request, url: URL): Promise<Response | null> {
  if (request.method !== "GET" && request.method !== "HEAD") return null;
  return await readPageFile(url.pathname, {
    ifNoneMatch: request.headers.get("if-none-match"),
  });
}

function writeError(error: unknown, requestId: string): void {
  console.error(`jakiro: request ${requestId} failed:`, error);
}
