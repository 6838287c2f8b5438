/** Methods that any route has. */
const METHODS = "GET, POST";
const MAX_AGE_SECONDS = 600;

/**
 * Says what pages of other origins may do with a response.
 *
 * @param request The request.
 * @param origins Origins that are allowed; `*` for all.
 * @returns Headers of the response; none where the origin is not allowed, or there is none.
 */
export function corsHeaders(
  request: Request,
  origins: readonly string[],
): Readonly<Record<string, string>> {
  const origin = request.headers.get("origin");
  if (origins.length === 0 || origin === null) return {};
  const isAny = origins.includes("*");
  // A cache must not give one origin the answer to another.
  if (!isAny && !origins.includes(origin)) return { vary: "origin" };
  return {
    vary: "origin",
    "access-control-allow-origin": isAny ? "*" : origin,
    "access-control-expose-headers": "x-request-id, retry-after",
  };
}

/**
 * Answers a browser that asks whether a page of another origin may send a request.
 *
 * @param request The question.
 * @param headers What {@linkcode corsHeaders} says to it.
 * @returns The answer.
 */
export function answerPreflight(
  request: Request,
  headers: Readonly<Record<string, string>>,
): Response {
  const isAllowed = "access-control-allow-origin" in headers;
  const wanted = request.headers.get("access-control-request-headers");
  return new Response(null, {
    status: 204,
    headers: {
      ...headers,
      ...isAllowed
        ? {
          "access-control-allow-methods": METHODS,
          "access-control-allow-headers": wanted ??
            "authorization, content-type",
          "access-control-max-age": String(MAX_AGE_SECONDS),
        }
        : {},
    },
  });
}
