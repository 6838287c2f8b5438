import { COMMANDS } from "./command_table.ts";
import { createHandler } from "../server/mod.ts";
import { environmentValues } from "./environment_values.ts";
import { handlerOptions, patienceMs } from "./service_settings.ts";
import { onTermination } from "./on_termination.ts";
import { openServiceModel } from "./open_service_model.ts";
import { STATUS } from "./report_error.ts";
import { writeRemark } from "./output.ts";

/**
 * Opens the service that variables of the environment describe: those of `jakiro serve`'s options, as
 * {@linkcode environmentValues} names them.
 *
 * When it is told to end, `deno serve` accepts no connection any more and waits for those that there are; so what waits is
 * refused here, what runs is finished, and the Workers are ended, which would keep the process from ending.
 *
 * @returns The service's handler.
 * @throws {UsageError} A variable's value breaks its rule.
 */
export async function openEnvironmentService(): Promise<
  (request: Request) => Promise<Response>
> {
  const command = COMMANDS.find(({ name }) => name === "serve");
  const values = environmentValues(
    command?.options ?? [],
    (variable) => Deno.env.get(variable),
  );
  const closing = new AbortController();
  const options = handlerOptions(values, {
    hostname: values.host ?? null,
    closing: closing.signal,
  });
  const model = await openServiceModel(values);
  onTermination((status) => {
    if (closing.signal.aborted) Deno.exit(status);
    if (!values.quiet) {
      writeRemark("finishing what runs; a second signal ends at once\n");
    }
    closing.abort();
    const end = (): void => Deno.exit(STATUS.ok);
    Deno.unrefTimer(setTimeout(end, patienceMs(values)));
  });
  return createHandler([model], {
    ...options,
    onDrained: () => model[Symbol.asyncDispose](),
  });
}
