import { createHandler } from "../../src/server/create_handler.ts";
import type { HandlerOptions } from "../../src/server/handler_options.ts";
import type { ServedModel } from "../../src/server/served_model.ts";

/** A server on loopback. */
export interface TestServer extends AsyncDisposable {
  readonly port: number;
  /** Address of the API, as OpenAI's client wants it. */
  readonly baseURL: string;
  /** Told to stop. */
  readonly closing: AbortController;
  readonly server: Deno.HttpServer<Deno.NetAddr>;
}

/** Serves models on a free port. */
export function serve(
  models: readonly ServedModel[],
  options: HandlerOptions = {},
): TestServer {
  const closing = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    createHandler(models, { closing: closing.signal, ...options }),
  );
  const { port } = server.addr;
  return {
    port,
    baseURL: `http://127.0.0.1:${port}/v1`,
    closing,
    server,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Sends bytes over a connection of its own, and reads what comes back until the end, or until enough has come. */
export async function exchangeBytes(
  port: number,
  parts: readonly (string | Uint8Array)[],
  { until = "" }: { readonly until?: string } = {},
): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const writing = writeAll(connection, parts);
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65536);
  let text = "";
  while (until === "" || !text.includes(until)) {
    const numBytes = await connection.read(buffer).catch(() => null);
    if (numBytes === null) break;
    text += decoder.decode(buffer.subarray(0, numBytes), { stream: true });
  }
  // The server may well have closed before it had read everything.
  await writing.catch(() => {});
  return text;
}

async function writeAll(
  connection: Deno.Conn,
  parts: readonly (string | Uint8Array)[],
): Promise<void> {
  const encoder = new TextEncoder();
  for (const part of parts) {
    const bytes = typeof part === "string" ? encoder.encode(part) : part;
    for (let start = 0; start < bytes.length;) {
      start += await connection.write(bytes.subarray(start));
    }
  }
}

/** The head of a request that sends JSON. */
export function postHead(path: string, headers: readonly string[]): string {
  return [
    `POST ${path} HTTP/1.1`,
    "host: 127.0.0.1",
    "content-type: application/json",
    ...headers,
    "",
    "",
  ].join("\r\n");
}
