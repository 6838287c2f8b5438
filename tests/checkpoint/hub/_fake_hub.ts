import { createHash } from "node:crypto";
import { join } from "node:path";
import type { HubSettings } from "../../../src/checkpoint/hub/hub_settings.ts";
import type { RetryPolicy } from "../../../src/checkpoint/hub/retry.ts";

/** What a fake Hub was asked. */
export interface Asked {
  readonly method: string;
  /** Which of its servers: the Hub, or the one that large files are on. */
  readonly server: "hub" | "cdn";
  readonly path: string;
  readonly query: string;
  readonly range: string | null;
  readonly authorization: string | null;
}

/** A fault: an answer in place of the right one, or null for the right one. */
export type Fault = (
  asked: Asked,
  right: () => Response,
) => Response | null | Promise<Response | null>;

/** How a fake Hub is set up. */
export interface FakeHubOptions {
  /** Files of `test/stories`, by name. */
  readonly files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>;
  /** Names to list besides, whose content is not to be asked for. */
  readonly listed?: readonly string[];
  /** Token without which nothing is given. */
  readonly token?: string;
  /** Files from this length on are listed by their SHA-256, and lie on the other server. Default: 1000. */
  readonly largeBytes?: number;
  /** Faults. */
  readonly fault?: Fault;
}

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";
/** So that no test waits. */
export const POLICY: RetryPolicy = {
  maxAttempts: 4,
  firstWaitMs: 1,
  maxWaitMs: 2000,
  idleMs: 2000,
};

/** Two servers that imitate the Hub and where it keeps large files, and an empty cache. */
export class FakeHub implements AsyncDisposable {
  readonly asked: Asked[] = [];
  /** Bytes of files that were sent. */
  numSent = 0;
  readonly cacheFolder: string;
  readonly options: FakeHubOptions;
  fault: Fault;
  readonly #hub: Deno.HttpServer<Deno.NetAddr>;
  readonly #cdn: Deno.HttpServer<Deno.NetAddr>;

  private constructor(cacheFolder: string, options: FakeHubOptions) {
    this.cacheFolder = cacheFolder;
    this.options = options;
    this.fault = options.fault ?? (() => null);
    const serve = (server: "hub" | "cdn"): Deno.HttpServer<Deno.NetAddr> =>
      Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen: () => {} },
        (request) => this.#answer(request, server),
      );
    this.#hub = serve("hub");
    this.#cdn = serve("cdn");
  }

  static async start(options: FakeHubOptions): Promise<FakeHub> {
    return new FakeHub(await Deno.makeTempDir(), options);
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#hub.addr.port}`;
  }

  get settings(): HubSettings {
    const { endpoint, cacheFolder, options } = this;
    const token = options.token ?? null;
    return { endpoint, token, cacheFolder, isOffline: false };
  }

  /** Folder of the repository in the cache. */
  get folder(): string {
    return join(this.cacheFolder, "models--test--stories");
  }

  /** Environment of a process that is to use this Hub. */
  get env(): Record<string, string> {
    return {
      HF_ENDPOINT: this.endpoint,
      HF_HUB_CACHE: this.cacheFolder,
      HF_HOME: this.cacheFolder,
      NO_PROXY: "127.0.0.1",
    };
  }

  /** Requests for content. */
  get contents(): readonly Asked[] {
    return this.asked.filter(({ path }) => !path.startsWith("/api/"));
  }

  /** Hash under which a file's content is kept. */
  hash(name: string): string {
    const bytes = this.options.files[name] ?? new Uint8Array();
    return this.#isLarge(bytes) ? sha256(bytes) : gitSha1(bytes);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#hub.shutdown(), this.#cdn.shutdown()]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await Deno.remove(this.cacheFolder, { recursive: true });
  }

  async #answer(request: Request, server: "hub" | "cdn"): Promise<Response> {
    const asked = {
      method: request.method,
      server,
      path: decodeURIComponent(new URL(request.url).pathname),
      query: new URL(request.url).search,
      range: request.headers.get("range"),
      authorization: request.headers.get("authorization"),
    };
    this.asked.push(asked);
    const right = (): Response => this.#right(asked);
    return await this.fault(asked, right) ?? right();
  }

  #right(asked: Asked): Response {
    const { token } = this.options;
    const { server, path, authorization } = asked;
    if (server === "cdn") return this.#content(path.slice(1), asked);
    if (token !== undefined && authorization !== `Bearer ${token}`) {
      return refuse(401, "RepoNotFound");
    }
    if (path.startsWith("/api/models/test/stories/revision/")) {
      const revision = path.split("/revision/")[1];
      return revision === "main" || revision === COMMIT
        ? Response.json({ _id: "1", id: "test/stories", sha: COMMIT })
        : refuse(404, "RevisionNotFound");
    }
    if (path === `/api/models/test/stories/tree/${COMMIT}`) {
      return Response.json(this.#listing());
    }
    const start = `/test/stories/resolve/${COMMIT}/`;
    if (!path.startsWith(start)) return refuse(404, "RepoNotFound");
    return this.#resolve(path.slice(start.length), asked);
  }

  #resolve(name: string, asked: Asked): Response {
    const bytes = this.options.files[name];
    if (bytes === undefined) return refuse(404, "EntryNotFound");
    const headers = {
      "x-repo-commit": COMMIT,
      "x-linked-etag": `"${this.hash(name)}"`,
      "x-linked-size": String(bytes.length),
    };
    if (!this.#isLarge(bytes)) return this.#content(name, asked);
    const location = `http://127.0.0.1:${this.#cdn.addr.port}/${name}`;
    return new Response(null, {
      status: 302,
      headers: { ...headers, location },
    });
  }

  #content(name: string, { range, method }: Asked): Response {
    const bytes = this.options.files[name];
    if (bytes === undefined) return refuse(404, "EntryNotFound");
    const etag = `"${this.hash(name)}"`;
    const [, from, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? [];
    if (method === "HEAD") {
      const headers = { etag, "content-length": String(bytes.length) };
      return new Response(null, { headers });
    }
    if (from === undefined) {
      this.numSent += bytes.length;
      return new Response(bytes, { headers: { etag } });
    }
    const part = bytes.slice(Number(from), Number(last) + 1);
    this.numSent += part.length;
    return new Response(part, {
      status: 206,
      headers: {
        etag,
        "content-range": `bytes ${from}-${last}/${bytes.length}`,
      },
    });
  }

  #listing(): readonly unknown[] {
    const files = Object.entries(this.options.files).map(([path, bytes]) => ({
      type: "file",
      path,
      size: bytes.length,
      oid: gitSha1(bytes),
      ...this.#isLarge(bytes)
        ? { lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 130 } }
        : {},
    }));
    const others = (this.options.listed ?? []).map((path) => ({
      type: "file",
      path,
      size: 5,
      oid: "0".repeat(40),
    }));
    const folder = { type: "directory", path: "drafter", size: 0, oid: COMMIT };
    return [folder, ...files, ...others];
  }

  #isLarge(bytes: Uint8Array): boolean {
    return bytes.length >= (this.options.largeBytes ?? 1000);
  }
}

/** Bytes that do not repeat. */
export function noise(numBytes: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(numBytes);
  let state = seed;
  for (const index of bytes.keys()) {
    state = Math.imul(state, 1664525) + 1013904223 >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

/** Announces all of an answer, and cuts the connection after some bytes. */
export async function cutAfter(
  response: Response,
  numBytes: number,
): Promise<Response> {
  const bytes = await response.bytes();
  const { status } = response;
  const headers = new Headers(response.headers);
  headers.set("content-length", String(bytes.length));
  const body = new Blob([bytes.slice(0, numBytes)]).stream();
  return new Response(body, { status, headers });
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function gitSha1(bytes: Uint8Array): string {
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes)
    .digest("hex");
}

function refuse(status: number, code: string): Response {
  return new Response("no", { status, headers: { "x-error-code": code } });
}
