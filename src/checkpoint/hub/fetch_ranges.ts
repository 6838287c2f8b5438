import { quote } from "../quote.ts";
import {
  type Body,
  cutOff,
  openBody,
  type OpenBodyOptions,
} from "./open_body.ts";
import type { RequestOptions } from "./request.ts";
import { retry, type RetryPolicy, TransientError } from "./retry.ts";

/** A file on a server. */
export interface RemoteFile {
  /** Where it is. */
  readonly url: string;
  /** Its length, as it was announced. */
  readonly sizeBytes: number;
}

/** How to fetch a file. */
export interface FetchRangesOptions {
  /** Who asks. */
  readonly settings: RequestOptions["settings"];
  /** How often a range is tried. */
  readonly policy: RetryPolicy;
  /** First byte. */
  readonly startBytes: number;
  /** Byte behind the last. Default: the end of the file. */
  readonly endBytes?: number;
  /** Length of a range. */
  readonly rangeBytes: number;
  /** Ranges on the way at once: these are held in memory. */
  readonly maxRanges: number;
  /** Ends the fetching. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Fetches a file from some byte on: in ranges side by side, or as a whole where its server knows no ranges. What
 * comes is in order, so that whoever is cut off holds a beginning. A range that is cut goes on where it was.
 *
 * @param file The file.
 * @param options How.
 * @returns Its bytes, exactly as many as are missing.
 * @throws {RangeError} The server's file has another length.
 * @throws As {@linkcode request} does.
 */
export async function* fetchRanges(
  file: RemoteFile,
  options: FetchRangesOptions,
): AsyncGenerator<Uint8Array> {
  const { endBytes = file.sizeBytes } = options;
  let next = options.startBytes;
  const stop = new AbortController();
  const signal = options.signal === undefined
    ? stop.signal
    : AbortSignal.any([options.signal, stop.signal]);
  const route: Route = { url: file.url };
  const begin = (): Promise<Uint8Array | null> => {
    const start = next;
    next = Math.min(start + options.rangeBytes, endBytes);
    const range = new RangeFetch(file, { route, start, end: next });
    const fetching = range.run({ ...options, signal });
    // It is awaited in its turn; until then, its failing is not unhandled.
    fetching.catch(() => {});
    return fetching;
  };
  const underway: Promise<Uint8Array | null>[] = [];
  try {
    // Whether the server knows ranges shows with the first.
    if (next < endBytes) underway.push(begin());
    for (
      let first = underway.shift();
      first !== undefined;
      first = underway.shift()
    ) {
      const bytes = await first;
      if (bytes === null) return yield* fetchWhole(file, options);
      while (next < endBytes && underway.length < options.maxRanges) {
        underway.push(begin());
      }
      yield bytes;
    }
  } finally {
    stop.abort();
  }
}

/** Where a file was found last: the Hub need not be asked for every range where that is. */
interface Route {
  url: string;
}

/** One range, of which each try fetches what is left. */
class RangeFetch {
  readonly #file: RemoteFile;
  readonly #route: Route;
  readonly #start: number;
  readonly #bytes: Uint8Array;
  #numBytes = 0;

  constructor(
    file: RemoteFile,
    range: {
      readonly route: Route;
      readonly start: number;
      readonly end: number;
    },
  ) {
    this.#file = file;
    this.#route = range.route;
    this.#start = range.start;
    this.#bytes = new Uint8Array(range.end - range.start);
  }

  /** Null means that the server knows no ranges. */
  run(options: FetchRangesOptions): Promise<Uint8Array | null> {
    return retry(() => this.#fetchRest(options), options);
  }

  async #fetchRest(options: FetchRangesOptions): Promise<Uint8Array | null> {
    const { url, sizeBytes } = this.#file;
    const from = this.#start + this.#numBytes;
    const last = this.#start + this.#bytes.length - 1;
    const body = await this.#open({
      ...options,
      headers: { range: `bytes=${from}-${last}` },
    });
    await using _ = body;
    if (body.status !== 206) return null;
    const found = body.headers.get("content-range");
    if (found !== `bytes ${from}-${last}/${sizeBytes}`) {
      failLength(this.#file, `range ${quote(found ?? "none")}`);
    }
    for await (const chunk of body) {
      if (chunk.length > this.#bytes.length - this.#numBytes) {
        failLength(this.#file, "a range that is longer than asked for");
      }
      this.#bytes.set(chunk, this.#numBytes);
      this.#numBytes += chunk.length;
    }
    if (this.#numBytes < this.#bytes.length) throw cutOff(url);
    return this.#bytes;
  }

  /** An address that the Hub leads to is good for a while only. */
  async #open(options: OpenBodyOptions): Promise<Body> {
    const { url } = this.#file;
    const known = this.#route.url;
    if (known !== url) {
      try {
        return await openBody(known, options);
      } catch {
        options.signal?.throwIfAborted();
        this.#route.url = url;
      }
    }
    const body = await openBody(url, options);
    this.#route.url = body.url;
    return body;
  }
}

/** Begins anew after a cut, and passes over what is there. */
async function* fetchWhole(
  file: RemoteFile,
  options: FetchRangesOptions,
): AsyncGenerator<Uint8Array> {
  const { endBytes = file.sizeBytes } = options;
  let numBytes = options.startBytes;
  let numFailures = 0;
  while (numBytes < endBytes) {
    const body = await retry(() => openBody(file.url, options), options);
    await using _ = body;
    try {
      let position = 0;
      for await (const chunk of body) {
        const from = Math.max(numBytes - position, 0);
        position += chunk.length;
        if (position > file.sizeBytes) failLength(file, "more");
        if (from >= chunk.length) continue;
        const rest = chunk.subarray(from, from + endBytes - numBytes);
        numBytes += rest.length;
        yield rest;
        if (numBytes === endBytes && endBytes < file.sizeBytes) return;
      }
      if (numBytes < endBytes) throw cutOff(file.url);
    } catch (error) {
      numFailures++;
      const isLast = numFailures >= options.policy.maxAttempts;
      if (!(error instanceof TransientError) || isLast) throw error;
    }
  }
}

function failLength({ url, sizeBytes }: RemoteFile, found: string): never {
  throw new RangeError(
    `Cannot fetch ${
      quote(url)
    } as it must have the announced ${sizeBytes} bytes: found ${found}`,
  );
}
