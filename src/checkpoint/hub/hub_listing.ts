import type { Digest } from "./download_file.ts";
import type { HubSettings } from "./hub_settings.ts";
import type { HubSpec } from "./model_spec.ts";
import { quote } from "../quote.ts";
import { request } from "./request.ts";
import { retry, type RetryPolicy, TransientError } from "./retry.ts";

/** A repository as it is at one commit. */
export interface HubListing {
  /** The commit. */
  readonly commit: string;
  /** Its files by name. */
  readonly files: ReadonlyMap<string, HubFile>;
}

/** A file of a repository. */
export interface HubFile {
  /** Its length. */
  readonly sizeBytes: number;
  /** Hash of its content. */
  readonly digest: Digest;
}

/** How to ask. */
export interface ListOptions {
  /** Where, and who asks. */
  readonly settings: HubSettings;
  /** How often to try. */
  readonly policy: RetryPolicy;
  /** Ends the asking. */
  readonly signal?: AbortSignal | undefined;
}

const MAX_FILES = 10_000;
const COMMIT = /^[0-9a-f]{40}$/;
const SHA256 = /^[0-9a-f]{64}$/;

/**
 * Asks the Hub what commit a revision is, and what files that has.
 *
 * @param spec The repository.
 * @param options How to ask.
 * @returns Commit and files.
 * @throws {TransientError} The Hub cannot be reached, or is too busy.
 * @throws {ReferenceError} There is no such repository or revision.
 * @throws {TypeError} The Hub refuses, or does not answer as it should.
 */
export async function listHubFiles(
  spec: HubSpec,
  options: ListOptions,
): Promise<HubListing> {
  // Loaded only here: most runs need no Hub.
  const { listFiles, modelInfo } = await import("@huggingface/hub");
  const place = `hf:${spec.repo}`;
  const asked = {
    hubUrl: options.settings.endpoint,
    fetch: patientFetch(options),
  };
  const { sha } = await modelInfo({
    ...asked,
    name: spec.repo,
    revision: spec.revision,
    additionalFields: ["sha"],
  });
  if (!COMMIT.test(String(sha))) failAnswer(place, "name a commit", sha);
  const files = new Map<string, HubFile>();
  const repo = { type: "model", name: spec.repo } as const;
  for await (
    const entry of listFiles({ ...asked, repo, revision: sha, recursive: true })
  ) {
    if (entry.type !== "file") continue;
    if (typeof entry.path !== "string" || files.size >= MAX_FILES) {
      failAnswer(place, `name at most ${MAX_FILES} files`, entry.path);
    }
    files.set(entry.path, readEntry(entry, place));
  }
  return { commit: sha, files };
}

function readEntry(
  entry: {
    readonly path: string;
    readonly size: number;
    readonly oid?: string;
    readonly lfs?: { readonly oid: string; readonly size: number };
  },
  place: string,
): HubFile {
  const sizeBytes = entry.lfs?.size ?? entry.size;
  const hex = entry.lfs?.oid ?? entry.oid ?? "";
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
    failAnswer(place, `give the length of ${quote(entry.path)}`, sizeBytes);
  }
  if (!(entry.lfs === undefined ? COMMIT : SHA256).test(hex)) {
    failAnswer(place, `give the hash of ${quote(entry.path)}`, hex);
  }
  const kind = entry.lfs === undefined ? "git" : "sha256";
  return { sizeBytes, digest: { kind, hex } };
}

/** A `fetch` that tries again, refuses in our words, and has the whole answer before it gives it. */
function patientFetch(options: ListOptions): typeof fetch {
  const { policy } = options;
  return (input) =>
    retry(async () => {
      const timeout = AbortSignal.timeout(policy.idleMs);
      const signal = options.signal === undefined
        ? timeout
        : AbortSignal.any([options.signal, timeout]);
      try {
        const response = await request(String(input), { ...options, signal });
        const { status, headers } = response;
        return new Response(await response.bytes(), { status, headers });
      } catch (error) {
        const isCut = timeout.aborted ||
          error instanceof TypeError && /body|connection/.test(error.message);
        if (!isCut || error instanceof TransientError) throw error;
        throw new TransientError(
          `Cannot fetch ${
            quote(String(input))
          } as its server must answer: found none in time`,
        );
      }
    }, options);
}

function failAnswer(place: string, rule: string, found: unknown): never {
  throw new TypeError(
    `Cannot use ${quote(place)} as the Hub must ${rule}: found ${
      quote(String(found))
    }`,
  );
}
