import type { ConfigFields } from "../config_fields.ts";
import type { Family } from "./family.ts";
import { GEMMA2 } from "./gemma2.ts";
import { GEMMA3 } from "./gemma3.ts";
import { LLAMA } from "./llama.ts";
import { MISTRAL } from "./mistral.ts";
import { MIXTRAL } from "./mixtral.ts";
import { PHI3 } from "./phi3.ts";
import { QWEN2 } from "./qwen2.ts";
import { QWEN3 } from "./qwen3.ts";

/** The families that run. */
export const FAMILIES: readonly Family[] = [
  LLAMA,
  MISTRAL,
  QWEN2,
  QWEN3,
  PHI3,
  GEMMA2,
  GEMMA3,
  MIXTRAL,
];

/**
 * Finds a model's family by its `model_type`, or by its `architectures` where that is absent; where both are there,
 * they must agree.
 *
 * @param fields The configuration.
 * @returns The family.
 * @throws {TypeError} Both are absent, or one is of another type.
 * @throws {RangeError} The family is none that runs.
 */
export function findFamily(fields: ConfigFields): Family {
  const architectures = fields.optionalStrings("architectures");
  const modelType = fields.optionalString("model_type");
  const named = FAMILIES.filter((family) =>
    architectures === null || architectures.includes(family.architecture)
  );
  const list = FAMILIES.map(({ architecture }) => architecture).join(", ");
  const rule = `a list with one of ${list}`;
  if (architectures === null && modelType === null) {
    return fields.fail("architectures", rule);
  }
  if (named.length === 0) return fields.failRange("architectures", rule);
  const family = named.find((family) =>
    modelType === null || modelType === family.modelType
  );
  if (family !== undefined) return family;
  const types = named.map((family) => family.modelType);
  const last = types.pop();
  return fields.failRange(
    "model_type",
    types.length === 0 ? `${last}` : `${types.join(", ")} or ${last}`,
  );
}
