import { COMMANDS } from "./command_table.ts";
import { createHandler } from "../server/mod.ts";
import { environmentValues } from "./environment_values.ts";
import { handlerOptions } from "./service_settings.ts";
import { openServiceModel } from "./open_service_model.ts";

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
  const command = COMMANDS.find(({ name }) => name === "serve");
  const values = environmentValues(
    command?.options ?? [],
    (variable) => Deno.env.get(variable),
  );
  const options = handlerOptions(values, { hostname: values.host ?? null });
  return createHandler([await openServiceModel(values)], options);
}
