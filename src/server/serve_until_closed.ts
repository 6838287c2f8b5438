import { listenError } from "./listen_error.ts";

/** Where to listen, and when to stop. */
export interface ServeUntilClosedOptions {
  /** Address or name of this machine. */
  readonly hostname: string;
  /** Port; 0 for any that is free. */
  readonly port: number;
  /** When aborted, no connection is accepted any more, and what runs finishes. */
  readonly closing: AbortSignal;
  /** Milliseconds from then on after which connections that are still open are waited for no longer. */
  readonly patienceMs: number;
  /** Called when connections are accepted. */
  readonly onListen: (address: Deno.NetAddr) => void;
}

/**
 * Serves a handler until it is told to stop and all that ran has been answered.
 *
 * Deno closes a connection whose client does not read only with the process, so that there is an end to waiting for it.
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
  const { hostname, port, closing, patienceMs, onListen } = options;
  const server = listen();
  const late = Promise.withResolvers<void>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = (): void => {
    server.shutdown();
    timer = setTimeout(late.resolve, patienceMs);
  };
  if (closing.aborted) stop();
  closing.addEventListener("abort", stop, { once: true });
  await Promise.race([server.finished, late.promise]);
  clearTimeout(timer);

  function listen(): Deno.HttpServer<Deno.NetAddr> {
    try {
      return Deno.serve({ hostname, port, onListen }, handler);
    } catch (error) {
      throw listenError(error, { hostname, port });
    }
  }
}
