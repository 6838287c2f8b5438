import { createHandler } from "../server/mod.ts";
import { environmentValues } from "./environment_values.ts";
import { handlerOptions } from "./service_settings.ts";
import { openServiceModel } from "./open_service_model.ts";
import { SERVE_COMMAND } from "./serve_command.ts";

/**
 * Opens the service that variables of the environment describe: those of `jakiro serve`'s options, as
 * {@linkcode environmentValues} names them.
 *
 * @returns The service's handler.
 * @throws {UsageError} A variable's value breaks its rule.
 */
export async function openEnvironmentService(): Promise<
  (request: Request) => Promise<Response>
> {
  const values = environmentValues(
    SERVE_COMMAND.options,
    (variable) => Deno.env.get(variable),
  );
  const options = handlerOptions(values, { hostname: values.host ?? null });
  return createHandler([await openServiceModel(values)], options);
}
