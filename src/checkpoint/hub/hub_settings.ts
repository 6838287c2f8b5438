import { join } from "node:path";
import { quote } from "../quote.ts";

/** Where the Hub is, who asks, and where files are kept. */
export interface HubSettings {
  /** Address, without a slash at its end. */
  readonly endpoint: string;
  /** Access token, or null. */
  readonly token: string | null;
  /** The cache that the Hub's own tools share. */
  readonly cacheFolder: string;
  /** Whether only the cache may be asked. */
  readonly isOffline: boolean;
}

const DEFAULT_ENDPOINT = "https://huggingface.co";

/**
 * Reads the settings that the Hub's own tools read: `HF_ENDPOINT`, `HF_TOKEN` or the file that `hf auth login`
 * writes, `HF_HOME`, `HF_HUB_CACHE`, `HF_HUB_OFFLINE`.
 *
 * @param readVariable Reads an environment variable. Default: this process's.
 * @throws {TypeError} An address is none, or no home folder is known.
 *
 * Source: huggingface_hub, "Environment variables".
 */
export async function readHubSettings(
  readVariable: (name: string) => string | undefined = (name) =>
    Deno.env.get(name),
): Promise<HubSettings> {
  const read = (name: string): string | null => readVariable(name) || null;
  const home = read("HF_HOME") ??
    join(cacheHome(read), "huggingface");
  return {
    endpoint: checkEndpoint(read("HF_ENDPOINT") ?? DEFAULT_ENDPOINT),
    token: read("HF_TOKEN") ??
      await readToken(read("HF_TOKEN_PATH") ?? join(home, "token")),
    cacheFolder: read("HF_HUB_CACHE") ?? join(home, "hub"),
    isOffline: /^(?:1|on|yes|true)$/i.test(read("HF_HUB_OFFLINE") ?? ""),
  };
}

function cacheHome(read: (name: string) => string | null): string {
  const given = read("XDG_CACHE_HOME");
  if (given !== null) return given;
  const home = read("HOME") ?? read("USERPROFILE");
  if (home !== null) return join(home, ".cache");
  throw new TypeError(
    "Cannot find the Hub's cache as HF_HOME or HOME must be set: found neither",
  );
}

function checkEndpoint(endpoint: string): string {
  const url = URL.parse(endpoint);
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === "") {
    return url.origin + url.pathname.replace(/\/+$/, "");
  }
  throw new TypeError(
    `Cannot reach the Hub as HF_ENDPOINT must be an http: or https: URL: found ${
      quote(endpoint)
    }`,
  );
}

async function readToken(path: string): Promise<string | null> {
  try {
    return (await Deno.readTextFile(path)).trim() || null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    if (error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
}
