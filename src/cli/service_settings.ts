import type { HandlerLimits, HandlerOptions } from "../server/mod.ts";
import { accessLine } from "../server/access_line.ts";
import { DEFAULT_DEADLINE_MS } from "../server/handler_options.ts";
import { LOOPBACK_HOSTS } from "../server/check_host.ts";
import type { OptionValues } from "./option_table.ts";
import { readApiKeys } from "../server/read_api_keys.ts";
import { writeRemark } from "./output.ts";

/** As many as a model runs side by side unless told otherwise. */
const RUNNING_PER_WORKER = 8;
/** Longer than the service itself gives a client to read the end of an answer whose time is over. */
const GRACE_MS = 6000;
/** Variable whose value is a list of API keys, separated by commas. */
export const API_KEYS_VARIABLE = "JAKIRO_API_KEYS";

/**
 * Picks the options of a handler out of what a command line sets.
 *
 * @param values What it sets.
 * @param context The address that is listened on, where it is known, and when the service closes.
 * @returns The options.
 * @throws {RangeError} The file that is to hold keys holds none.
 */
export function handlerOptions(
  values: OptionValues,
  context: {
    readonly hostname: string | null;
    readonly closing?: AbortSignal;
  },
): HandlerOptions {
  const { hostname, closing } = context;
  const { log = "plain", workers = 1, maxQueue, deadline, cors } = values;
  const { maxRunning = RUNNING_PER_WORKER * workers } = values;
  const allowedHosts = allowedHostsOf(values, hostname);
  return {
    apiKeys: apiKeysOf(values),
    ...cors === undefined ? {} : { corsOrigins: cors },
    ...allowedHosts === undefined ? {} : { allowedHosts },
    maxRunning,
    ...maxQueue === undefined ? {} : { maxQueued: maxQueue },
    ...deadline === undefined ? {} : { deadlineMs: deadline * 1000 },
    ...closing === undefined ? {} : { closing },
    limits: limitsOf(values),
    logsPrompts: values.logPrompts ?? false,
    ...log === "none" ? {} : {
      onAccess: (record) =>
        writeRemark(`${accessLine(record, log)}\n`, Deno.stdout),
    },
  };
}

/**
 * Finds the API keys that requests must bring one of.
 *
 * @param values What a command line sets.
 * @returns The keys; none where no request needs one.
 * @throws {ReferenceError} There is no file that is to hold them.
 * @throws {RangeError} It holds none.
 */
export function apiKeysOf({ apiKeyFile }: OptionValues): readonly string[] {
  if (apiKeyFile !== undefined) {
    return readApiKeys(readKeyFile(apiKeyFile), apiKeyFile);
  }
  return (Deno.env.get(API_KEYS_VARIABLE) ?? "").split(",")
    .map((key) => key.trim()).filter((key) => key !== "");
}

function readKeyFile(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new ReferenceError(
      `Cannot read API keys from ${
        JSON.stringify(path)
      } as it must exist: found nothing there`,
    );
  }
}

/**
 * Says how long connections are waited for when a service is told to end: as long as any request may take, and until its
 * client has had time to read the end.
 *
 * @param values What a command line sets.
 * @returns Milliseconds.
 */
export function patienceMs({ deadline }: OptionValues): number {
  const deadlineMs = deadline === undefined
    ? DEFAULT_DEADLINE_MS
    : deadline * 1000;
  return deadlineMs + GRACE_MS;
}

/** What is said of an address that {@linkcode isOpenToAll} finds. */
export const OPEN_TO_ALL =
  "whoever can reach this address can use it, as no API key is asked for: see --api-key-file and JAKIRO_API_KEYS";

/** Whether other machines reach an address, and need no key. */
export function isOpenToAll(values: OptionValues, hostname: string): boolean {
  return !isLoopback(hostname) && apiKeysOf(values).length === 0;
}

/** Whether only this machine reaches an address. */
function isLoopback(hostname: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(hostname);
}

function allowedHostsOf(
  { allowHost = [] }: OptionValues,
  hostname: string | null,
): readonly string[] | undefined {
  const own = hostname !== null && isLoopback(hostname)
    ? [...LOOPBACK_HOSTS, hostOf(hostname)]
    : [];
  const names = new Set([
    ...own,
    ...allowHost.map((name) => name.toLowerCase()),
  ]);
  return names.size === 0 ? undefined : [...names];
}

/** Writes an address as the addresses of requests do. */
function hostOf(hostname: string): string {
  return /^[^[].*:/.test(hostname) ? `[${hostname}]` : hostname.toLowerCase();
}

function limitsOf(values: OptionValues): Partial<HandlerLimits> {
  const { bodyTimeout } = values;
  const limits = {
    maxBodyBytes: values.maxBody,
    bodyTimeoutMs: bodyTimeout && bodyTimeout * 1000,
    maxPromptTokens: values.maxPrompt,
    maxMessages: values.maxMessages,
    maxChoices: values.maxChoices,
    maxInputs: values.maxInputs,
    maxStops: values.maxStops,
  };
  return Object.fromEntries(
    Object.entries(limits).filter(([, value]) => value !== undefined),
  );
}
