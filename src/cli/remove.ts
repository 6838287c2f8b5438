import { cachedOperand } from "./cached_operand.ts";
import { formatBytes } from "./format.ts";
import {
  isGgufUrl,
  parseHubSpec,
  readHubSettings,
  removeModel,
  urlRepo,
} from "../checkpoint/mod.ts";
import type { OptionValues } from "./option_table.ts";
import { STATUS } from "./report_error.ts";
import { UsageError } from "./usage_error.ts";
import { writeRemark } from "./output.ts";

/**
 * Removes a model from the cache.
 *
 * @param values What the command line sets.
 * @param operands The model.
 * @returns The exit status.
 * @throws {UsageError} If not exactly one model is named, or a file of one.
 * @throws {ReferenceError} If the cache does not hold it.
 */
export async function runRemove(
  values: OptionValues,
  operands: readonly string[],
): Promise<number> {
  const source = cachedOperand(operands, "remove a model");
  const model = isGgufUrl(source)
    ? { repo: urlRepo(source), revision: null }
    : readSpec(source);
  const { cacheFolder } = await readHubSettings();
  const sizeBytes = await removeModel(cacheFolder, model);
  if (!values.quiet) writeRemark(`${formatBytes(sizeBytes)} are free\n`);
  return STATUS.ok;
}

function readSpec(
  source: string,
): { readonly repo: string; readonly revision: string | null } {
  const { repo, revision, file } = parseHubSpec(source);
  if (file !== null) {
    throw new UsageError(
      `Cannot remove a model as it must be named without a file: found ${
        JSON.stringify(file)
      }`,
    );
  }
  return { repo, revision: source.includes("@") ? revision : null };
}
