import { listenError } from "./listen_error.ts";

/** Where to listen, and when to stop. */
export interface ServeUntilClosedOptions {
  /** Address or name of this machine. */
  readonly hostname: string;
  /** Port; 0 for any that is free. */
  readonly port: number;
  /** When aborted, no connection is accepted any more, and what runs finishes. */
  readonly closing: AbortSignal;
  /** Called when connections are accepted. */
  readonly onListen: (address: Deno.NetAddr) => void;
}

/**
 * Serves a handler until it is told to stop and all that ran has been answered.
 *
 * @param handler The handler.
 * @param options Where to listen, and when to stop.
 * @throws {Deno.errors.AddrInUse} Another program listens there.
 * @throws {Deno.errors.AddrNotAvailable} The address is not this machine's.
 */
export async function serveUntilClosed(
  handler: (request: Request) => Promise<Response>,
  options: ServeUntilClosedOptions,
): Promise<void> {
  const { hostname, port, closing, onListen } = options;
  const server = listen();
  const stop = (): void => {
    server.shutdown();
  };
  if (closing.aborted) stop();
  closing.addEventListener("abort", stop, { once: true });
  await server.finished;

  function listen(): Deno.HttpServer<Deno.NetAddr> {
    try {
      return Deno.serve({ hostname, port, onListen }, handler);
    } catch (error) {
      throw listenError(error, { hostname, port });
    }
  }
}
