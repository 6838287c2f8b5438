import {
  type Checkpoint,
  type DraftConfig,
  type DraftTensors,
  openDraftCheckpoint,
  resolveDraftTensors,
} from "../checkpoint/mod.ts";
import { countStored, type StoredCount } from "../checkpoint/mod.ts";
import type { DrafterKind } from "../decode/mod.ts";
import { findDrafter } from "../decode/find_drafter.ts";

/** What a drafter's files hold. */
export interface InspectedDrafter extends StoredCount {
  /** The drafter's folder. */
  readonly directory: string;
  /** What its tensors make it. */
  readonly kind: DrafterKind;
}

/** A drafter's files, read. */
export interface ReadDrafter {
  /** What they hold, for people. */
  readonly found: InspectedDrafter;
  /** Sizes. */
  readonly config: DraftConfig;
  /** Where the tensors are. */
  readonly tensors: DraftTensors;
}

/**
 * Reads the files of the drafter that a model would be loaded with, but for the tensors.
 *
 * @param target The model.
 * @param draft The drafter's folder, or `none`. Default: the folder `drafter` of the model's.
 * @returns What was found, or null where there is no drafter.
 * @throws {ReferenceError | TypeError | RangeError | SyntaxError} If it is none that fits the model.
 */
export async function inspectDrafter(
  target: Checkpoint,
  draft: string | undefined,
): Promise<ReadDrafter | null> {
  const folder = draft ?? await findDrafter(target.directory);
  if (String(folder) === "none") return null;
  using checkpoint = await openDraftCheckpoint(folder);
  const { directory, config } = checkpoint;
  const tensors = await resolveDraftTensors(checkpoint, target.config);
  const { kind } = tensors;
  const found = { directory, kind, ...countStored(checkpoint) };
  return { found, config, tensors };
}
