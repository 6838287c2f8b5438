import {
  type Checkpoint,
  writeSafetensors,
  writeTextFile,
} from "../checkpoint/mod.ts";
import type { CurvePoint } from "./curve_point.ts";
import { curvesSvg } from "./curves_svg.ts";
import { draftConfigJson } from "./draft_config_json.ts";
import type { DraftShape } from "./draft_shape.ts";
import type { DraftTrainer } from "./draft_trainer.ts";
import { RESUME_FILE, writeResumeFile } from "./resume_file.ts";
import { toTensorsToWrite } from "./tensors_to_write.ts";
import type { TrainingIdentity } from "./training_identity.ts";

/** A drafter being trained. */
export interface SaveDrafterArgs {
  /** Its directory. */
  readonly out: string;
  /** Its weights. */
  readonly trainer: DraftTrainer;
  /** What it looks like. */
  readonly shape: DraftShape;
  /** What it drafts for. */
  readonly target: Pick<Checkpoint, "config" | "configJson" | "directory">;
  /** What it was trained on, how. */
  readonly identity: TrainingIdentity;
  /** The curves so far. */
  readonly points: readonly CurvePoint[];
}

/** Name of the picture of the curves. */
export const CURVES_FILE = "curves.svg";

/**
 * Writes a drafter, its curves and what it needs to go on. Each file appears as a whole; the one to go on
 * from comes last, so that a crash between them leaves an older one that makes the others again.
 *
 * @param args The drafter.
 */
export async function saveDrafter(args: SaveDrafterArgs): Promise<void> {
  const { out, trainer, shape, target, identity, points } = args;
  const state = await trainer.state();
  const targetName = target.directory.replace(/^.*[\\/]/, "");
  await writeSafetensors(
    `${out}/model.safetensors`,
    toTensorsToWrite(await trainer.tensors()),
    {
      metadata: {
        format: "pt",
        target: targetName,
        ...Object.fromEntries(
          Object.entries(identity).map(([name, value]) => [
            name === "target" ? "target_sha256" : name,
            String(value),
          ]),
        ),
        step: String(state.step),
        ...heldOutText(points),
      },
    },
  );
  await writeTextFile(`${out}/config.json`, draftConfigJson(shape, target));
  if (points.length > 0) {
    await writeTextFile(
      `${out}/${CURVES_FILE}`,
      curvesSvg(points, `${shape.kind} drafter for ${targetName}`),
    );
  }
  const { backend } = trainer;
  const stopped = { identity, backend, points, state };
  await writeResumeFile(`${out}/${RESUME_FILE}`, stopped);
}

function heldOutText(points: readonly CurvePoint[]): Record<string, string> {
  const last = points.at(-1);
  return last === undefined ? {} : { held_out: JSON.stringify(last.heldOut) };
}
