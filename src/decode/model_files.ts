import { type Checkpoint, openCheckpoint } from "../checkpoint/mod.ts";
import { readChatTemplate } from "./read_chat_template.ts";
import {
  type ChatTemplate,
  createGgufTokenizer,
  Tokenizer,
} from "../text/mod.ts";

/** All that a model's files hold but the weights, which stay in the open files. */
export interface ModelFiles extends Disposable {
  /** Configuration and tensors. */
  readonly checkpoint: Checkpoint;
  /** From text to ids and back. */
  readonly tokenizer: Tokenizer;
  /** From a conversation to text, or null. */
  readonly chatTemplate: ChatTemplate | null;
}

/**
 * Opens a model: a directory in Hugging Face's form, or a GGUF file, which holds all by itself.
 * Disposing closes the files.
 *
 * @param source A path, or a `file:`, `http:` or `https:` URL.
 * @throws {ReferenceError} A file or a tensor is missing.
 * @throws {SyntaxError | TypeError | RangeError} A file is malformed, or holds what is not supported.
 */
export async function openModelFiles(
  source: string | URL,
): Promise<ModelFiles> {
  using closing = new DisposableStack();
  const checkpoint = closing.use(await openCheckpoint(source));
  const { metadata, weightsFile } = checkpoint;
  const tokenizer = metadata === null
    ? await Tokenizer.load(source)
    : createGgufTokenizer(metadata, weightsFile);
  const chatTemplate = await readChatTemplate(checkpoint, source);
  const opened = closing.move();
  return {
    checkpoint,
    tokenizer,
    chatTemplate,
    [Symbol.dispose]: () => opened.dispose(),
  };
}
