import type { Checkpoint } from "../checkpoint/mod.ts";
import type { Elem } from "../gpu/shader.ts";
import type { Gpu } from "../gpu/gpu.ts";

/**
 * Chooses the number type.
 *
 * Numbers stored in 32 bits stay so: rounding them to 16 can change which of two close tokens wins.
 *
 * @param gpu Device.
 * @param checkpoint Where the numbers are stored.
 * @param dtype What the caller wants.
 * @returns The number type of weights and activations.
 * @throws {TypeError} If the adapter lacks the number type wanted.
 */
export function resolveElem(
  gpu: Pick<Gpu, "hasF16" | "adapter">,
  checkpoint: Pick<Checkpoint, "tensors">,
  dtype: "auto" | Elem,
): Elem {
  if (dtype === "f32") return "f32";
  if (dtype === "f16") {
    if (gpu.hasF16) return "f16";
    throw new TypeError(
      `Cannot run in f16 as the adapter must have shader-f16: ${gpu.adapter.name} has not`,
    );
  }
  const isWide = checkpoint.tensors.values().some(({ dtype, shape }) =>
    dtype === "F32" && shape.length === 2
  );
  return gpu.hasF16 && !isWide ? "f16" : "f32";
}
