import type { Checkpoint } from "./checkpoint.ts";
import type { TensorFiles } from "./tensor_files.ts";

/** What a checkpoint is made of. */
export type CheckpointParts = Omit<Checkpoint, keyof TensorFiles> & {
  /** The open files. */
  readonly files: TensorFiles;
};
