import {
  type CachedModel,
  listModels,
  readHubSettings,
} from "../checkpoint/mod.ts";
import { formatBytes, formatColumns } from "./format.ts";
import type { OptionValues } from "./option_table.ts";
import { STATUS } from "./report_error.ts";
import { writeText } from "./output.ts";

const COMMIT_DIGITS = 12;
const DATE_CHARACTERS = 10;

/**
 * Lists the models in the cache, as text or JSON.
 *
 * @param values What the command line sets.
 * @returns The exit status.
 */
export async function runList(values: OptionValues): Promise<number> {
  const { cacheFolder } = await readHubSettings();
  const models = await listModels(cacheFolder);
  writeText(
    values.json
      ? `${JSON.stringify({ cacheFolder, models })}\n`
      : describeModels(models, cacheFolder),
  );
  return STATUS.ok;
}

/**
 * Writes a list of models for people.
 *
 * @param models The models.
 * @param cacheFolder Where they are.
 * @returns Lines.
 */
export function describeModels(
  models: readonly CachedModel[],
  cacheFolder: string,
): string {
  if (models.length === 0) return `no models in ${cacheFolder}\n`;
  const rows = models.map(({ repo, commit, refs, sizeBytes, lastUsed }) => [
    `hf:${repo}`,
    refs.join(", ") || "-",
    commit.slice(0, COMMIT_DIGITS),
    formatBytes(sizeBytes),
    lastUsed.toISOString().slice(0, DATE_CHARACTERS),
  ]);
  const head = ["model", "revision", "commit", "size", "last used"];
  return `${formatColumns([head, ...rows], "lllr").join("\n")}\n`;
}
