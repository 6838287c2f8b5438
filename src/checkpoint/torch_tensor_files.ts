import { OpenTensorFiles } from "./open_tensor_files.ts";
import type { TensorFiles } from "./tensor_files.ts";
import { readTorchTensors } from "./torch_file.ts";

/**
 * Opens a file that `torch.save` wrote, such as `pytorch_model.bin`. The tensors stay in it;
 * disposing closes it.
 *
 * @throws {ReferenceError} The file, or a part of it, is missing.
 * @throws {SyntaxError | TypeError | RangeError} It is malformed, or holds other things.
 */
export async function openTorchFile(file: string): Promise<TensorFiles> {
  using closing = new DisposableStack();
  const files = closing.use(new OpenTensorFiles(file));
  const tensors = await readTorchTensors(await files.open(file));
  for (const [name, entry] of tensors) files.tensors.set(name, entry);
  // From here on it is the caller who closes it.
  closing.move();
  return files;
}
