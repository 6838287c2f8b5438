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

export * from "./src/decode/mod.ts";
export * from "./src/server/mod.ts";

type Handler = (request: Request) => Promise<Response>;

let service: Promise<Handler> | undefined;

/** Loads the model once; a program that only imports the functions above loads none. */
async function openService(): Promise<Handler> {
  const { openEnvironmentService } = await import(
    "./src/cli/open_environment_service.ts"
  );
  return await openEnvironmentService();
}

/** What `deno serve`, and hosts that run modules as it does, call. */
const entry: {
  /** Answers a request. */
  readonly fetch: (request: Request) => Promise<Response>;
} = {
  async fetch(request) {
    service ??= openService();
    return await (await service)(request);
  },
};

export default entry;

// Run as a program, it takes no request before the model is there, and says at once what is wrong with a variable.
if (import.meta.main) await (service = openService());
