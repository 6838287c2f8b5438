import { prepareSchema } from "../text/grammar/prepare_schema.ts";
import { refuseUnsupported } from "./field_errors.ts";

/**
 * Checks that whatever a schema asks for can be enforced, as requests want that say `strict`.
 *
 * @param schema The JSON Schema.
 * @param param The field that it is in.
 * @throws {ApiError} A keyword of it cannot.
 */
export function checkStrictSchema(schema: unknown, param: string): void {
  const [first] = prepareSchema(schema).unenforced;
  if (first === undefined) return;
  refuseUnsupported(
    `${param}.${first.path}`,
    `${first.reason}, which 'strict' asks for`,
  );
}
