import {
  handlerOptions,
  isOpenToAll,
  OPEN_TO_ALL,
  patienceMs,
} from "./service_settings.ts";
import { createHandler, type WorkerModel } from "../server/mod.ts";
import { listenError } from "../server/listen_error.ts";
import { onTermination } from "./on_termination.ts";
import { openServiceModel } from "./open_service_model.ts";
import type { OptionValues } from "./option_table.ts";
import { serveUntilClosed } from "../server/serve_until_closed.ts";
import { STATUS } from "./report_error.ts";
import { writeRemark } from "./output.ts";

/**
 * Serves a model over HTTP until it is told to end, and what ran then has finished.
 *
 * @param values What the command line sets.
 * @returns The exit status.
 */
export async function runServe(values: OptionValues): Promise<number> {
  const { host = "127.0.0.1", port = 8000, quiet = false } = values;
  const remark = quiet ? () => {} : (text: string) => writeRemark(`${text}\n`);
  const closing = new AbortController();
  let isServing = false;
  using _signals = onTermination((status) => {
    // Nothing runs before, and whoever asks twice does not want to wait for what does.
    if (!isServing || closing.signal.aborted) Deno.exit(status);
    remark("finishing what runs; a second signal ends at once");
    closing.abort();
  });
  // What is wrong with keys, limits and the address is told before a model is loaded.
  const options = handlerOptions(values, {
    hostname: host,
    closing: closing.signal,
  });
  checkAddress(host, port);
  await using model = await openServiceModel(values);
  await serveUntilClosed(createHandler([model], options), {
    hostname: host,
    port,
    closing: closing.signal,
    patienceMs: patienceMs(values),
    onListen: (address) => {
      isServing = true;
      remark(`serving ${describe(model)} on ${addressUrl(address)}`);
      if (isOpenToAll(values, host)) remark(OPEN_TO_ALL);
    },
  });
  return STATUS.ok;
}

/** Loading a model may take long: that its address is taken is told before. */
function checkAddress(hostname: string, port: number): void {
  try {
    Deno.listen({ hostname, port }).close();
  } catch (error) {
    throw listenError(error, { hostname, port });
  }
}

function describe({ id, dtype, deviceName, drafter }: WorkerModel): string {
  const kind = drafter === null ? "no" : drafter;
  return `${id} (${dtype} on ${deviceName}, ${kind} drafter)`;
}

function addressUrl({ hostname, port }: Deno.NetAddr): string {
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return `http://${host}:${port}/`;
}
