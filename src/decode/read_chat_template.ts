import type { Checkpoint } from "../checkpoint/mod.ts";
import {
  type ChatTemplate,
  createGgufChatTemplate,
  loadChatTemplate,
} from "../text/mod.ts";

/**
 * Reads a model's chat template, wherever its kind of files has it.
 *
 * @param checkpoint The model.
 * @param source Where it was opened from.
 * @returns The template, or null where the model has none.
 * @throws {SyntaxError | TypeError | RangeError} The template, or what it goes with, is malformed.
 */
export async function readChatTemplate(
  { metadata, weightsFile }: Checkpoint,
  source: string | URL,
): Promise<ChatTemplate | null> {
  return metadata === null
    ? await loadChatTemplate(source)
    : createGgufChatTemplate(metadata, weightsFile);
}
