import { loadOptions, type OptionValues } from "./option_table.ts";
import { modelName } from "./model_name.ts";
import { withLoadBar } from "./with_load_bar.ts";
import { openWorkerModel, type WorkerModel } from "../server/mod.ts";

/**
 * Opens the model that a command line names, or the one that comes with the program, in Workers.
 *
 * @param values What the command line sets.
 * @returns The model, to be disposed of by the caller.
 */
export async function openServiceModel(
  values: OptionValues,
): Promise<WorkerModel> {
  const { model, workers = 1, maxRunning, name = modelName(model) } = values;
  const sessions = maxRunning === undefined
    ? {}
    : { maxSessions: Math.ceil(maxRunning / workers) };
  return await withLoadBar(
    values,
    (reports) =>
      openWorkerModel({
        id: name,
        load: { ...loadOptions(values), ...sessions, ...reports, model },
        workers,
      }),
  );
}
