import type { HubSettings } from "./hub_settings.ts";
import { quote } from "../quote.ts";
import { TransientError } from "./retry.ts";

/** How to ask a server. */
export interface RequestOptions {
  /** Who asks; the token goes to the Hub alone. Null asks without. */
  readonly settings: Pick<HubSettings, "endpoint" | "token"> | null;
  /** Default: GET. */
  readonly method?: "GET" | "HEAD";
  /** Headers to add. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the request, and the reading of its answer. */
  readonly signal?: AbortSignal | undefined;
}

const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);
const MS_PER_SECOND = 1000;

/**
 * Asks a server once.
 *
 * @param url What for.
 * @param options How.
 * @returns Its answer, which is one of success.
 * @throws {TransientError} It may succeed later.
 * @throws {ReferenceError} There is no such thing.
 * @throws {TypeError} The server refuses.
 */
export async function request(
  url: string,
  { settings, method = "GET", headers = {}, signal }: RequestOptions,
): Promise<Response> {
  const response = await connect(url, {
    method,
    // Ranges and lengths are those of the file, not of a compressed form.
    headers: {
      "accept-encoding": "identity",
      ...headers,
      ...authorization(url, settings),
    },
    signal: signal ?? null,
  });
  if (response.ok) return response;
  const { status } = response;
  const code = response.headers.get("x-error-code");
  const retryAfterMs = readRetryAfter(response);
  await response.body?.cancel().catch(() => {});
  if (status >= 500 || PASSING.has(status)) {
    throw new TransientError(
      `Cannot fetch ${
        quote(url)
      } as its server must answer 200: answered ${status}, again and again`,
      retryAfterMs,
    );
  }
  throw refusal(url, { status, code });
}

async function connect(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    init.signal?.throwIfAborted();
    if (!(error instanceof TypeError)) throw error;
    throw new TransientError(
      `Cannot fetch ${quote(url)} as its server must be reached: ${
        error.message.replace(/^.*?: (?=client error)/, "")
      }`,
    );
  }
}

/** A server that a file is on learns no token: on the way there, `fetch` drops this header. */
function authorization(
  url: string,
  settings: RequestOptions["settings"],
): Record<string, string> {
  if (settings === null || settings.token === null) return {};
  const isHub = new URL(url).origin === new URL(settings.endpoint).origin;
  return isHub ? { authorization: `Bearer ${settings.token}` } : {};
}

function readRetryAfter({ headers }: Response): number | null {
  const value = headers.get("retry-after");
  if (value === null) return null;
  const ms = /^\d+$/.test(value)
    ? Number(value) * MS_PER_SECOND
    : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}

function refusal(
  url: string,
  { status, code }: { readonly status: number; readonly code: string | null },
): Error {
  const start = `Cannot fetch ${quote(url)} as`;
  const answered = `answered ${status}${
    code === null ? "" : ` ${quote(code)}`
  }`;
  if (status === 404) {
    return new ReferenceError(
      `${start} it must exist: ${answered}; check the name, the revision and the file`,
    );
  }
  if (status === 401 || code === "GatedRepo") {
    return new TypeError(
      `${start} its server must permit it: ${answered}; check the name, and if it is right, accept the model's terms on its page and set HF_TOKEN`,
    );
  }
  if (status === 403) {
    return new TypeError(
      `${start} its server must permit it: ${answered}; accept the model's terms on its page, and set HF_TOKEN to a token that may read it`,
    );
  }
  return new TypeError(`${start} its server must answer 200: ${answered}`);
}
