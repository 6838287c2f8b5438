import { isSafePath } from "./hub_path.ts";
import { quote } from "../quote.ts";

/** A model on the Hub. */
export interface HubSpec {
  /** `org/name`. */
  readonly repo: string;
  /** Branch, tag or commit. */
  readonly revision: string;
  /** The GGUF file that is meant, or null for what the repository holds. */
  readonly file: string | null;
}

const PREFIX = "hf:";
const DEFAULT_REVISION = "main";
const MAX_CHARACTERS = 96;
const REPO_PART = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?$/;
const REVISION_PART = /^[A-Za-z0-9_][A-Za-z0-9._+-]*$/;

/** Whether a source names a model on the Hub. */
export function isHubSpec(source: string): boolean {
  return source.startsWith(PREFIX);
}

/**
 * Reads `hf:org/name[@revision][:file]`.
 *
 * @param source What was given.
 * @returns Its parts.
 * @throws {SyntaxError} A part is none that the Hub allows, or could lead out of a cache.
 */
export function parseHubSpec(source: string): HubSpec {
  const match = /^hf:([^@:]*)(?:@([^:]*))?(?::(.*))?$/s.exec(source);
  const [, repo = "", revision = DEFAULT_REVISION, file = null] = match ?? [];
  if (match === null || !isRepoName(repo)) {
    fail(source, "must be hf:org/name[@revision][:file]");
  }
  if (!isRevision(revision)) {
    fail(source, "must name a branch, tag or commit behind @");
  }
  if (file !== null && !(isSafePath(file) && /\.gguf$/i.test(file))) {
    fail(source, "must name a .gguf file of the repository behind its last :");
  }
  return { repo, revision, file };
}

/** Writes a model's name as {@linkcode parseHubSpec} reads it. */
export function formatHubSpec({ repo, revision, file }: HubSpec): string {
  return PREFIX + repo +
    (revision === DEFAULT_REVISION ? "" : `@${revision}`) +
    (file === null ? "" : `:${file}`);
}

/** Whether a text is `name` or `org/name` as the Hub allows them. */
export function isRepoName(repo: string): boolean {
  const parts = repo.split("/");
  return parts.length <= 2 && isSafePath(repo) &&
    parts.every((part) =>
      REPO_PART.test(part) && part.length <= MAX_CHARACTERS &&
      !/--|\.\.|\.git$/.test(part)
    );
}

function isRevision(revision: string): boolean {
  return revision.length <= 2 * MAX_CHARACTERS && isSafePath(revision) &&
    revision.split("/").every((part) =>
      REVISION_PART.test(part) && !/\.\.|\.lock$/.test(part)
    );
}

function fail(source: string, rule: string): never {
  throw new SyntaxError(
    `Cannot find a model on the Hub as its name ${rule}: found ${
      quote(source)
    }`,
  );
}
