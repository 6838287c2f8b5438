import type { NamedTensors, TrainerState } from "../../src/train/mod.ts";

/** The parameters in a trainer's state, without their moments. */
export function weightsOf({ tensors }: TrainerState): NamedTensors {
  return new Map(
    Iterator.from(tensors).filter(([name]) => !/\.moment[12]$/.test(name)),
  );
}
