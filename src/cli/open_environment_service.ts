import { createHandler, type HandlerOptions } from "../server/mod.ts";
import { environmentValues } from "./environment_values.ts";
import {
  handlerOptions,
  isOpenToAll,
  OPEN_TO_ALL,
  patienceMs,
} from "./service_settings.ts";
import { onTermination } from "./on_termination.ts";
import { openServiceModel } from "./open_service_model.ts";
import { SERVE_COMMAND } from "./serve_command.ts";
import { STATUS } from "./report_error.ts";
import { writeRemark } from "./output.ts";

/** A service that is configured by the environment, with its model loaded. */
export interface EnvironmentService {
  /**
   * Makes the service's handler.
   *
   * @param hostname The address that is listened on, where it is known.
   * @returns The handler.
   */
  handlerAt(hostname: string | null): (request: Request) => Promise<Response>;
}

/**
 * Opens the service that variables of the environment describe: those of `jakiro serve`'s options, as
 * {@linkcode environmentValues} names them.
 *
 * When it is told to end, `deno serve` accepts no connection any more and waits for those that there are; so what waits is
 * refused here, what runs is finished, and the Workers are ended, which would keep the process from ending.
 *
 * @returns The service.
 * @throws {UsageError} A variable's value breaks its rule.
 */
export async function openEnvironmentService(): Promise<EnvironmentService> {
  const values = environmentValues(
    SERVE_COMMAND.options,
    (variable) => Deno.env.get(variable),
  );
  const remark = values.quiet
    ? () => {}
    : (text: string) => writeRemark(`${text}\n`);
  const closing = new AbortController();
  const optionsAt = (hostname: string | null): HandlerOptions =>
    handlerOptions(values, {
      hostname,
      closing: closing.signal,
    });
  // What is wrong with keys and limits is told before a model is loaded.
  optionsAt(values.host ?? null);
  const model = await openServiceModel(values);
  onTermination((status) => {
    if (closing.signal.aborted) Deno.exit(status);
    remark("finishing what runs; a second signal ends at once");
    closing.abort();
    const end = (): void => Deno.exit(STATUS.ok);
    Deno.unrefTimer(setTimeout(end, patienceMs(values)));
  });
  return {
    handlerAt(address) {
      const hostname = values.host ?? address;
      if (isOpenToAll(values, hostname ?? "")) remark(OPEN_TO_ALL);
      return createHandler([model], {
        ...optionsAt(hostname),
        onDrained: () => model[Symbol.asyncDispose](),
      });
    },
  };
}
