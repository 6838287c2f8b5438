/**
 * A service that speaks the OpenAI API: `createHandler` and `openWorkerModel` to mount it anywhere, with all that the main entry
 * has, and a default export for `deno serve`, configured by the environment.
 *
 * Variables are named as the options of `jakiro serve`: `JAKIRO_MODEL`, `JAKIRO_API_KEYS`, `JAKIRO_MAX_QUEUE` and so on.
 *
 * @example Mount the service in a program of your own
 * ```ts ignore
 * import { createHandler, openWorkerModel } from "@jakiro/jakiro/serve";
 *
 * await using model = await openWorkerModel({ id: "chat", load: {} });
 * const handler = createHandler([model], { apiKeys: ["secret"] });
 * await Deno.serve({ hostname: "127.0.0.1" }, handler).finished;
 * ```
 *
 * @module
 */

import type { EnvironmentService } from "./src/cli/open_environment_service.ts";

export * from "./src/decode/mod.ts";
export * from "./src/server/mod.ts";

type Handler = (request: Request) => Promise<Response>;

let service: Promise<EnvironmentService> | undefined;
let handler: Promise<Handler> | undefined;
/** The address that is listened on, if the host says. */
let hostname: string | null = null;

/** Loads the model once; a program that only imports the functions above loads none. */
async function openService(): Promise<EnvironmentService> {
  const { openEnvironmentService } = await import(
    "./src/cli/open_environment_service.ts"
  );
  return await openEnvironmentService();
}

async function openHandler(): Promise<Handler> {
  service ??= openService();
  return (await service).handlerAt(hostname);
}

/** What `deno serve`, and hosts that run modules as it does, call. */
const entry: {
  /** Answers a request. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Is told where requests come to: on loopback, only its names are answered to. */
  readonly onListen: (address: Deno.Addr) => void;
} = {
  async fetch(request) {
    handler ??= openHandler();
    return await (await handler)(request);
  },
  onListen(address) {
    if (!("hostname" in address)) return;
    ({ hostname } = address);
    const host = hostname.includes(":") ? `[${hostname}]` : hostname;
    console.error(`serving on http://${host}:${address.port}/`);
    handler ??= openHandler();
  },
};

export default entry;

// Run as a program, it takes no request before the model is there, and says at once what is wrong with a variable.
if (import.meta.main) await (service = openService());
