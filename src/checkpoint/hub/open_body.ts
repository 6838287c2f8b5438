import { quote } from "../quote.ts";
import { request, type RequestOptions } from "./request.ts";
import { type RetryPolicy, TransientError } from "./retry.ts";

/** The body of an answer, of which waiting too long for a part is a failure. */
export interface Body extends AsyncDisposable, AsyncIterable<Uint8Array> {
  /** Where it came from, behind all redirections. */
  readonly url: string;
  /** The answer's status, one of success. */
  readonly status: number;
  /** The answer's headers. */
  readonly headers: Headers;
}

/** How to ask for a file. */
export type OpenBodyOptions =
  & Pick<RequestOptions, "settings" | "headers" | "signal">
  & { readonly policy: Pick<RetryPolicy, "idleMs"> };

/**
 * Asks for a file, or a part of it.
 *
 * @param url Where it is.
 * @param options How to ask.
 * @returns Its bytes, as they come; disposing of it ends their coming.
 * @throws {TransientError} The connection was cut, or silent for too long; the same while the bytes come.
 * @throws As {@linkcode request} does.
 */
export async function openBody(
  url: string,
  options: OpenBodyOptions,
): Promise<Body> {
  const { policy, settings, headers = {} } = options;
  const idle = new AbortController();
  const startTimer = (): ReturnType<typeof setTimeout> =>
    setTimeout(() => idle.abort(), policy.idleMs);
  let timer = startTimer();
  const signal = options.signal === undefined
    ? idle.signal
    : AbortSignal.any([options.signal, idle.signal]);
  const toFailure = (error: unknown): unknown => {
    options.signal?.throwIfAborted();
    const isCut = idle.signal.aborted || error instanceof TypeError ||
      error instanceof Deno.errors.Http;
    return isCut && !(error instanceof TransientError) ? cutOff(url) : error;
  };
  let response: Response;
  try {
    response = await request(url, { settings, headers, signal });
  } catch (error) {
    clearTimeout(timer);
    // A refusal is a TypeError, too, and stays what it is.
    throw idle.signal.aborted ? toFailure(error) : error;
  }
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of response.body ?? []) {
        clearTimeout(timer);
        yield chunk;
        timer = startTimer();
      }
    } catch (error) {
      throw toFailure(error);
    } finally {
      clearTimeout(timer);
    }
  }
  return {
    url: response.url,
    status: response.status,
    headers: response.headers,
    [Symbol.asyncIterator]: chunks,
    [Symbol.asyncDispose]: async () => {
      clearTimeout(timer);
      if (!response.bodyUsed) await response.body?.cancel().catch(() => {});
    },
  };
}

/** Says that a connection ended before the file did. */
export function cutOff(url: string): TransientError {
  return new TransientError(
    `Cannot fetch ${
      quote(url)
    } as its server must send all of it: cut off, again and again`,
  );
}
